import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { frameworkMigrations } from '../../src/adapters/dsql/index.ts';
import type { BenchServer } from '../support/server.ts';

/** The schema that all variants write to. */
export const schema = 'bench';

/** The rows that one command writes: one of state, one of the outbox, one of idempotency. */
export type Entry = {
  readonly id: string;
  readonly account: string;
  readonly amount: string;
  readonly note: string;
};

export const tables = ['entry', 'outbox', 'idempotency'] as const;

/** As much as a description and a few fields have. */
const note = 'n'.repeat(100);

/** Milliseconds; as long as the adapter's own, and without effect on what a row costs. */
export const retentionMs = 30 * 24 * 3_600_000;
export const graceMs = 60_000;

export const newEntry = (): Entry => {
  const id = randomUUID();
  return { id, account: `account-${id.slice(0, 8)}`, amount: '12.345', note };
};

export const insertEntry = `INSERT INTO ${schema}.entry (id, account, amount, note) VALUES ($1, $2, $3, $4)`;

const entryTable = `CREATE TABLE ${schema}.entry (
  id uuid PRIMARY KEY, account text NOT NULL, amount numeric(19, 3) NOT NULL, note text NOT NULL)`;

/** Makes the tables, as a migration would: one DDL per transaction. */
export const createTables = async (admin: Client): Promise<void> => {
  await admin.query(`CREATE SCHEMA ${schema}`);
  for (const { ddl } of frameworkMigrations(schema)) {
    const { rows } = await admin.query<{ job_id?: string }>(ddl);
    // An index that becomes valid later changes the schema under the transactions of a round.
    const job = rows[0]?.job_id;
    if (job !== undefined) await admin.query(`CALL sys.wait_for_job('${job}')`);
  }
  await admin.query(entryTable);
};

/** Empties the tables, so that every variant meets the same ones. */
export const emptyTables = async ({ superuser }: BenchServer): Promise<void> => {
  await superuser.query(`TRUNCATE ${tables.map((table) => `${schema}.${table}`).join(', ')}`);
};

/**
 * Looks whether every command has had its whole effect, once.
 *
 * @throws {Error} when a table holds another number of rows
 */
export const verifyEffects = async (
  { superuser }: BenchServer,
  variant: string,
  commands: number,
): Promise<void> => {
  for (const table of tables) {
    const { rows } = await superuser.query<{ count: string }>(
      `SELECT count(*) FROM ${schema}.${table}`,
    );
    const count = Number(rows[0]?.count);
    if (count !== commands) {
      throw new Error(`${variant}: ${commands} commands left ${count} rows in ${table}`);
    }
  }
};
