import {
  createLedgerQueries,
  createLedgerRepository,
  type LedgerTables,
  ledger,
} from '../../adapters/ledger/index.ts';
import { serveApi } from '../runtime/index.ts';
import { createLedgerApi, ledgerRoutes as routes } from './ledger-api.ts';

export const handler = await serveApi(ledger, ({ region, ...parts }) => {
  const db = parts.db<LedgerTables>();
  const runner = parts.runner(createLedgerRepository(db));
  const queries = createLedgerQueries({ ...parts, db });
  return { answer: createLedgerApi({ ledger: runner, queries, region }), routes };
});
