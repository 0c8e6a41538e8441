/** The consumer of the totals in a later release, which knows version 2 of an event. */
import { createTotalsRepository, ledger } from '../../../../src/adapters/ledger/index.ts';
import { type ConsumerEvent, defineService } from '../../../../src/domain/kernel/index.ts';
import { projectTotals } from '../../../../src/domain/ledger/index.ts';
import { serveConsumer } from '../../../../src/handlers/runtime/index.ts';

const { TransactionRecorded } = ledger.events;

type Recorded = Extract<
  ConsumerEvent<typeof ledger, 'project-totals'>,
  { readonly type: 'TransactionRecorded' }
>['data'];

const ahead = defineService({
  ...ledger,
  events: {
    ...ledger.events,
    TransactionRecorded: {
      ...TransactionRecorded,
      version: 2,
      upcast: { 1: (data: Recorded) => data },
    },
  },
});

export const handler = await serveConsumer(ahead, 'project-totals', ({ db, runner }) =>
  projectTotals(runner(createTotalsRepository(db()))),
);
