import pg from 'pg';

const quote = pg.escapeIdentifier;

/** The framework's tables whose rows wait for a time. */
const timedTables: readonly string[] = [
  'idempotency',
  'inbox',
  'outbox',
  'outbox_lane',
  'ordered_events',
];

const timesOf = `SELECT attname AS name FROM pg_catalog.pg_attribute
  WHERE attrelid = $1::regclass AND atttypid = 'timestamptz'::regtype
    AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`;

/** Makes all that the framework has stored so many milliseconds older. */
export type TimeShift = (ms: number) => Promise<void>;

/**
 * Moves the time of a database: its clock cannot be moved, so the times in the rows are.
 *
 * It goes past DSQL, as the superuser: a clock conflicts with nobody.
 */
export const createTimeShift = async (
  client: pg.ClientBase,
  schema: string,
): Promise<TimeShift> => {
  const updates: string[] = [];
  for (const table of timedTables) {
    const name = `${quote(schema)}.${quote(table)}`;
    const { rows } = await client.query<{ name: string }>(timesOf, [name]);
    const earlier = rows.map((row) => `${quote(row.name)} = ${quote(row.name)} - shift.passed`);
    updates.push(
      `UPDATE ${name} SET ${earlier.join(', ')} FROM (SELECT $1 * interval '1 millisecond' AS passed) AS shift`,
    );
  }
  return async (ms) => {
    for (const update of updates) await client.query(update, [ms]);
  };
};
