import { serveMigrations } from 'antipode/handlers';
import { service } from '../service.ts';

export const handler = await serveMigrations(service);
