import { createTotalsRepository, ledger } from '../../adapters/ledger/index.ts';
import { projectTotals } from '../../domain/ledger/index.ts';
import { serveConsumer } from '../runtime/index.ts';

export const handler = await serveConsumer(ledger, 'project-totals', ({ db, runner }) =>
  projectTotals(runner(createTotalsRepository(db()))),
);
