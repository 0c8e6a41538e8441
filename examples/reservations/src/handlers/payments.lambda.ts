import { serveConsumer } from 'antipode/handlers';
import { reservations } from '../reservations.ts';
import { payments } from './consumers.ts';

export const handler = await serveConsumer(reservations, 'payments', payments);
