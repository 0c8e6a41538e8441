import { defineService } from '../../domain/kernel/index.ts';
import { ledgerEventSource } from '../../domain/ledger/index.ts';
import { ledgerEventDeclarations } from './event-catalogue.ts';
import { ledgerSchema } from './tables.ts';

/** The ledger, declared once: its entries and its infrastructure are made from this. */
export const ledger = defineService({
  name: 'ledger',
  source: ledgerEventSource,
  schema: ledgerSchema,
  migrations: async () => (await import('./migrations.ts')).ledgerMigrations,
  events: ledgerEventDeclarations,
  consumers: {
    'project-totals': { on: ['TransactionRecorded', 'TransferCompleted'] },
    'audit-replica': { on: ['TransactionRecorded', 'TransferCompleted'], of: 'other-region' },
  },
});
