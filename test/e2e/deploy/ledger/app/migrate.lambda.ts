import { serveMigrations } from '../../../../../src/handlers/runtime/index.ts';
import { migratedLedger } from './services.ts';

export const handler = await serveMigrations(migratedLedger);
