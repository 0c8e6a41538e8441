import { serveRelay } from 'antipode/handlers';
import { booking } from '../booking.ts';

export const handler = await serveRelay(booking);
