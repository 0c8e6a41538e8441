import { serveMigrations } from '../../../../../src/handlers/runtime/index.ts';
import { brokenLedger } from './services.ts';

export const handler = await serveMigrations(brokenLedger);
