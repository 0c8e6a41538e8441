import { serveRelay } from 'antipode/handlers';
import { service } from '../service.ts';

export const handler = await serveRelay(service);
