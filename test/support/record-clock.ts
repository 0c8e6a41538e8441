import type pg from 'pg';

/**
 * Lets time pass for the framework's records in a schema, in milliseconds: the database's clock
 * cannot be moved, so the times in the records are.
 *
 * @param superuser a connection of the superuser, who meets no conflict
 */
export const advanceRecords = async (
  superuser: pg.Client,
  schema: string,
  ms: number,
): Promise<void> => {
  const passed = `interval '1 millisecond' * ${ms}`;
  await superuser.query(
    `UPDATE ${schema}.idempotency
      SET lease_until = lease_until - ${passed}, expires_at = expires_at - ${passed}`,
  );
  await superuser.query(
    `UPDATE ${schema}.ordered_events SET recorded_at = recorded_at - ${passed}`,
  );
  await superuser.query(`UPDATE ${schema}.inbox SET handled_at = handled_at - ${passed}`);
};
