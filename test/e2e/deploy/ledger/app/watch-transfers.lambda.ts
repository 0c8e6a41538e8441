import { createTotalsRepository } from '../../../../../src/adapters/ledger/index.ts';
import { accept } from '../../../../../src/domain/kernel/index.ts';
import { serveConsumer } from '../../../../../src/handlers/runtime/index.ts';
import { watchedLedger } from './services.ts';

export const handler = await serveConsumer(watchedLedger, 'watch-transfers', ({ db, runner }) => {
  const totals = runner(createTotalsRepository(db()));
  return (_event, run) =>
    totals.run({
      ...run,
      decide: () => accept({ state: { increments: [] }, events: [], result: null }),
    });
});
