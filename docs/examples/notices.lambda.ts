import { serveConsumer } from 'antipode/handlers';
import { desk, notices } from './notices.ts';

export const handler = await serveConsumer(desk, 'notices', notices);
