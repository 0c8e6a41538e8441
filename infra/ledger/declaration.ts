import { defineService, type Schema } from '../../src/domain/kernel/index.ts';

const anything: Schema<unknown> = {
  '~standard': { version: 1, vendor: 'antipode', validate: (value) => ({ value }) },
};

const event = { version: 1, schema: anything, scope: 'all-regions' } as const;

/** The ledger as its infrastructure needs to know it. */
export const ledger = defineService({
  name: 'ledger',
  source: 'antipode.ledger',
  schema: 'ledger',
  migrations: [],
  events: { TransactionRecorded: event, TransferCompleted: event },
  consumers: {
    'project-totals': { on: ['TransactionRecorded', 'TransferCompleted'] },
    'audit-replica': { on: ['TransactionRecorded', 'TransferCompleted'], of: 'other-region' },
  },
});
