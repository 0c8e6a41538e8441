import { ledger } from '../../adapters/ledger/index.ts';
import { serveRelay } from '../runtime/index.ts';

export const handler = await serveRelay(ledger);
