import { serveMigrations } from 'antipode/handlers';
import { reservations } from '../reservations.ts';

export const handler = await serveMigrations(reservations);
