import { serveRelay } from 'antipode/handlers';
import { reservations } from '../reservations.ts';

export const handler = await serveRelay(reservations);
