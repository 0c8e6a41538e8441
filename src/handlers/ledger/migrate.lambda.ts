import { ledger } from '../../adapters/ledger/index.ts';
import { serveMigrations } from '../runtime/index.ts';

export const handler = await serveMigrations(ledger);
