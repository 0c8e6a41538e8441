import { serveConsumer } from 'antipode/handlers';
import { service } from '../service.ts';
import { shipments } from './consumers.ts';

export const handler = await serveConsumer(service, 'shipments', shipments);
