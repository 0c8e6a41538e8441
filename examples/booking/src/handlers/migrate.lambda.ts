import { serveMigrations } from 'antipode/handlers';
import { booking } from '../booking.ts';

export const handler = await serveMigrations(booking);
