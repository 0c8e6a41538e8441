import { frameworkMigrations } from '../../../src/adapters/dsql/index.ts';
import { ledgerMigrations, ledgerSchema } from '../../../src/adapters/ledger/index.ts';

/** The migrations of the ledger as a deployment runs them: those of the framework come first. */
export const deployedMigrations = [...frameworkMigrations(ledgerSchema), ...ledgerMigrations];
