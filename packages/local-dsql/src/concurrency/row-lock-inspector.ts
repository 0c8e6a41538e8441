import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { ErrorFields } from '../protocol/protocol.ts';
import type { Reach } from './access-sets.ts';
import type { LockedRow } from './commit-log.ts';

/** Looks at transactions from outside, on a snapshot that none of them shares. */
export interface Witness {
  /** The rows of these tables that a connection's transaction has locked without changing them. */
  readonly locksOf: (processId: number, reach: Reach) => Promise<readonly LockedRow[]>;
  /** Whether a connection's transaction has changed or locked rows in a way that conflicts with these locks. */
  readonly clash: (
    processId: number,
    reach: Reach,
    locks: readonly LockedRow[],
  ) => Promise<boolean>;
  /** Whether what violates a constraint has been committed after a snapshot (`pg_current_snapshot`). */
  readonly isUnseen: (error: ErrorFields, snapshot: string) => Promise<boolean>;
  /** Resolves when a connection is gone, and nothing of it can still be committed. */
  readonly ended: (processId: number) => Promise<void>;
}

/** Between two looks for a connection that is about to end, in milliseconds. */
const lookMs = 10;

/** A row that was changed first and then removed or locked shows the change only. */
const held = `
  SELECT c.oid AS relation, l.locked_row AS tid,
         CASE WHEN m.mode = 'No Key Update' AND c.relname = ANY ($3)
                   AND sys.is_taken_later(c.oid, l.locked_row)
              THEN 'For Update' ELSE m.mode END AS mode
  FROM pg_class c, LATERAL sys.pgrowlocks(c.oid::regclass::text) l,
       LATERAL unnest(l.pids, l.modes) m(pid, mode)
  WHERE c.relkind = 'r' AND c.relname = ANY ($2) AND m.pid = $1`;

const locked = `SELECT relation::text, tid::text, mode FROM (${held}) h WHERE mode LIKE '%Share' OR mode = 'For Update'`;

/**
 * A key share goes with a key share and with a change of other columns, and an exclusive lock with nothing.
 * Since it was noted, the row may have got a newer version.
 */
const clashing = `
  SELECT EXISTS (
    SELECT FROM (${held}) h
    JOIN unnest($4::oid[], $5::tid[], $6::text[]) k(relation, tid, mode)
      ON k.relation = h.relation AND currtid2(k.relation::regclass::text, k.tid) = h.tid
    WHERE k.mode = 'For Update' OR h.mode IN ('For Update', 'Update')) AS clash`;

const unseen = `SELECT sys.is_unseen(format('%I.%I', $1::text, $2::text)::regclass, $3, $4, $5) AS unseen`;

export const createWitness = (pool: Pick<pg.Pool, 'query'>): Witness => ({
  locksOf: async (processId, reach) => {
    const { rows } = await pool.query<LockedRow>(locked, [
      processId,
      [...reach.locked],
      [...reach.exclusive, ...reach.left],
    ]);
    return rows;
  },
  clash: async (processId, reach, locks) => {
    const { rows } = await pool.query<{ clash: boolean }>(clashing, [
      processId,
      [...reach.touched],
      [...reach.exclusive, ...reach.left],
      locks.map(({ relation }) => relation),
      locks.map(({ tid }) => tid),
      locks.map(({ mode }) => mode),
    ]);
    return rows[0]?.clash ?? true;
  },
  isUnseen: async ({ s: schema, t: table, n: constraint, D: detail }, snapshot) => {
    const { rows } = await pool.query<{ unseen: boolean }>(unseen, [
      schema,
      table,
      constraint,
      detail,
      snapshot,
    ]);
    return rows[0]?.unseen ?? false;
  },
  ended: async (processId) => {
    const isThere = () =>
      pool.query('SELECT FROM pg_stat_activity WHERE pid = $1', [processId]).then(
        ({ rowCount }) => rowCount !== 0,
        // PostgreSQL is gone too.
        () => false,
      );
    while (await isThere()) await delay(lookMs, undefined, { ref: false });
  },
});
