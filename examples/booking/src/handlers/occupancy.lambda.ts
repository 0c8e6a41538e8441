import { serveConsumer } from 'antipode/handlers';
import { booking } from '../booking.ts';
import { occupancy } from './consumers.ts';

export const handler = await serveConsumer(booking, 'occupancy', occupancy);
