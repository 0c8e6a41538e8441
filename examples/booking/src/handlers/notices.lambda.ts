import { serveConsumer } from 'antipode/handlers';
import { booking } from '../booking.ts';
import { notices } from './consumers.ts';

export const handler = await serveConsumer(booking, 'notices', notices);
