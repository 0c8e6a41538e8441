import { createNotices, createOccupancies } from '../adapters/repositories.ts';
import type { Parts } from '../booking.ts';
import { noteReservation } from '../domain/notices.ts';
import { countSeats } from '../domain/occupancy.ts';

export const occupancy = ({ db, runner }: Parts) => countSeats(runner(createOccupancies(db())));

export const notices = ({ db, runner }: Parts) => noteReservation(runner(createNotices(db())));
