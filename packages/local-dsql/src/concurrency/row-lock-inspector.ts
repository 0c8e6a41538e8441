import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { ErrorFields } from '../protocol/protocol.ts';
import type { AccessSets } from './access-sets.ts';
import type { LockedRow } from './commit-log.ts';

/**
 * Looks up rows and locks of open transactions over a connection of its own, on a newer snapshot.
 */
export interface RowLockInspector {
  /** The rows of these tables that a connection's transaction has locked and not changed. */
  readonly locksOf: (processId: number, accessSets: AccessSets) => Promise<readonly LockedRow[]>;
  /** Whether a connection's transaction holds row locks that conflict with these. */
  readonly conflictsWithLocks: (
    processId: number,
    accessSets: AccessSets,
    locks: readonly LockedRow[],
  ) => Promise<boolean>;
  /**
   * Whether the row that caused a constraint error was committed after a snapshot
   * (`pg_current_snapshot`).
   */
  readonly isNewerThanSnapshot: (error: ErrorFields, snapshot: string) => Promise<boolean>;
  /** Resolves when PostgreSQL has ended a connection's process, which can commit nothing more. */
  readonly untilBackendEnds: (processId: number) => Promise<void>;
}

/** Milliseconds between two looks for a process that is about to end. */
const lookMs = 10;

/**
 * `pgrowlocks` shows only the change of a row that was changed first and then removed or locked.
 */
const held = `
  SELECT c.oid AS relation, l.locked_row AS tid,
         CASE WHEN m.mode = 'No Key Update' AND c.relname = ANY ($3)
                   AND pg_antipode.is_removed_or_locked_later(c.oid, l.locked_row)
              THEN 'For Update' ELSE m.mode END AS mode
  FROM pg_class c, LATERAL pg_antipode.pgrowlocks(c.oid::regclass::text) l,
       LATERAL unnest(l.pids, l.modes) m(pid, mode)
  WHERE c.relkind = 'r' AND c.relname = ANY ($2) AND m.pid = $1`;

const locked = `SELECT relation::text, tid::text, mode FROM (${held}) h WHERE mode LIKE '%Share' OR mode = 'For Update'`;

/**
 * A key share conflicts with FOR UPDATE, a DELETE and a change of the key. FOR UPDATE conflicts
 * with every lock. `currtid2` finds the newest version of a row that was changed since its lock was
 * recorded.
 */
const clashing = `
  SELECT EXISTS (
    SELECT FROM (${held}) h
    JOIN unnest($4::oid[], $5::tid[], $6::text[]) k(relation, tid, mode)
      ON k.relation = h.relation AND currtid2(k.relation::regclass::text, k.tid) = h.tid
    WHERE k.mode = 'For Update' OR h.mode IN ('For Update', 'Update')) AS conflicts`;

const unseen = `SELECT pg_antipode.is_newer_than_snapshot(format('%I.%I', $1::text, $2::text)::regclass, $3, $4, $5) AS unseen`;

export const createRowLockInspector = (pool: Pick<pg.Pool, 'query'>): RowLockInspector => ({
  locksOf: async (processId, accessSets) => {
    const { rows } = await pool.query<LockedRow>(locked, [
      processId,
      [...accessSets.locked],
      [...accessSets.lockedForUpdate, ...accessSets.removedKeys],
    ]);
    return rows;
  },
  conflictsWithLocks: async (processId, accessSets, locks) => {
    const { rows } = await pool.query<{ conflicts: boolean }>(clashing, [
      processId,
      [...accessSets.touched],
      [...accessSets.lockedForUpdate, ...accessSets.removedKeys],
      locks.map(({ relation }) => relation),
      locks.map(({ tid }) => tid),
      locks.map(({ mode }) => mode),
    ]);
    return rows[0]?.conflicts ?? true;
  },
  isNewerThanSnapshot: async ({ s: schema, t: table, n: constraint, D: detail }, snapshot) => {
    const { rows } = await pool.query<{ unseen: boolean }>(unseen, [
      schema,
      table,
      constraint,
      detail,
      snapshot,
    ]);
    return rows[0]?.unseen ?? false;
  },
  untilBackendEnds: async (processId) => {
    const isThere = () =>
      pool.query('SELECT FROM pg_stat_activity WHERE pid = $1', [processId]).then(
        ({ rowCount }) => rowCount !== 0,
        // PostgreSQL has stopped.
        () => false,
      );
    while (await isThere()) await delay(lookMs, undefined, { ref: false });
  },
});
