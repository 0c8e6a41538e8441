import { ledger } from '../../../../../src/adapters/ledger/service.ts';
import { defineService } from '../../../../../src/domain/kernel/index.ts';

/** A migration after those of the ledger. */
const added = (ddl: string) => async () => {
  const { ledgerMigrations } = await import('../../../../../src/adapters/ledger/migrations.ts');
  return [...ledgerMigrations, { id: 'ledger-9001-added', ddl }];
};

/** The ledger with a consumer more, which changes nothing. */
export const watchedLedger = defineService({
  ...ledger,
  consumers: { ...ledger.consumers, 'watch-transfers': { on: ['TransferCompleted'] } },
});

/** The ledger with a table more. */
export const migratedLedger = defineService({
  ...ledger,
  migrations: added('CREATE TABLE IF NOT EXISTS ledger.added (id text PRIMARY KEY)'),
});

/** The ledger with a migration that DSQL refuses. */
export const brokenLedger = defineService({
  ...ledger,
  migrations: added('CREATE TABLE ledger.added (id text PRIMARY KEY REFERENCES ledger.accounts)'),
});
