import { serveApi } from 'antipode/handlers';
import { service } from '../service.ts';
import { createApi } from './api.ts';

export const handler = await serveApi(service, createApi);
