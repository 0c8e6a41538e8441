import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

/** A proof takes a few seconds; the machine may have much more to do. */
const timeoutMs = 240_000;

/** Two transactions over a few rows, step by step in one order. */
type Step = {
  readonly session: 0 | 1;
  readonly kind: 'read' | 'write' | 'insert' | 'delete' | 'lock' | 'share';
  readonly key: number;
};

const keys = [1, 2, 3, 4];
/** Row 4 does not exist at first. */
const initial: Readonly<Record<number, number>> = { 1: 0, 2: 0, 3: 0 };
/** A conflict that is missed whenever it can occur is found long before. */
const plantedInterleavings = 300;

/**
 * How a transaction has touched a row: exclusively, its other columns only, or its key as it is.
 */
type Touch = 'exclusive' | 'columns' | 'share';

const isCompatible = (one: Touch, other: Touch): boolean =>
  one !== 'exclusive' && other !== 'exclusive' && (one === 'share' || other === 'share');

let dsql: LocalDsql;
type Sessions = readonly [Queryable, Queryable];
/** The part of a client that the interleavings use. */
type Queryable = { readonly query: (sql: string, values?: readonly unknown[]) => Promise<Answer> };
type Answer = {
  readonly rowCount: number | null;
  readonly rows: readonly Record<string, number>[];
};

let clients: readonly [pg.Client, pg.Client];

type Rows = Record<number, number>;

const readAll = async (client: Queryable): Promise<Rows> => {
  const { rows } = await client.query('SELECT key, value FROM cell');
  return Object.fromEntries(rows.map((row) => [row['key'], row['value']]));
};

/** First-committer-wins over snapshots, the semantics that are claimed. */
const createModel = () => {
  let committed: Rows = { ...initial };
  const commits: {
    readonly at: number;
    readonly touched: ReadonlyMap<number, Touch>;
    readonly transient: ReadonlySet<number>;
  }[] = [];
  let time = 0;
  const begin = () => {
    const snapshotAt = time;
    const rows: Rows = { ...committed };
    const isFresh = (
      (snapshot) => (key: number) =>
        !(key in snapshot)
    )(committed);
    const touched = new Map<number, Touch>();
    /** Inserted and deleted again: nobody is harmed if that conflicts, nor if it does not. */
    const transient = new Set<number>();
    const written = new Set<number>();
    const meets = (isCertain: boolean): boolean =>
      commits.some(
        (commit) =>
          commit.at > snapshotAt &&
          [...touched].some(([key, how]) => {
            const other = commit.touched.get(key);
            return (
              other !== undefined &&
              !isCompatible(how, other) &&
              (!isCertain || !(transient.has(key) || commit.transient.has(key)))
            );
          }),
      );
    const touch = (key: number, how: Touch): void => {
      const before = touched.get(key);
      const weaker = before === 'exclusive' || (before === 'columns' && how === 'share');
      if (!weaker) touched.set(key, how);
    };
    return {
      rows,
      touch,
      write: (key: number, value: number) => {
        touch(key, key in rows ? 'columns' : 'exclusive');
        rows[key] = value;
        written.add(key);
      },
      remove: (key: number) => {
        delete rows[key];
        written.add(key);
        if (isFresh(key)) transient.add(key);
        touch(key, 'exclusive');
      },
      mayFail: (): boolean => meets(false),
      mustFail: (): boolean => meets(true),
      commit: () => {
        time += 1;
        const next = { ...committed };
        for (const key of written) {
          const value = rows[key];
          if (value === undefined) delete next[key];
          else next[key] = value;
        }
        committed = next;
        commits.push({ at: time, touched, transient });
      },
    };
  };
  return { begin, committed: () => committed };
};

type ModelTransaction = ReturnType<ReturnType<typeof createModel>['begin']>;

/** Runs one step in both; `false` when the database reported a conflict. */
const runStep = async (client: Queryable, model: ModelTransaction, step: Step, value: number) => {
  const { key } = step;
  const exists = key in model.rows;
  try {
    if (step.kind === 'read') {
      const { rows } = await client.query('SELECT value FROM cell WHERE key = $1', [key]);
      expect(rows).toEqual(exists ? [{ value: model.rows[key] }] : []);
    } else if (step.kind === 'lock') {
      if (exists) model.touch(key, 'exclusive');
      await client.query('SELECT value FROM cell WHERE key = $1 FOR UPDATE', [key]);
    } else if (step.kind === 'share') {
      if (exists) model.touch(key, 'share');
      await client.query('SELECT value FROM cell WHERE key = $1 FOR KEY SHARE', [key]);
    } else if (step.kind === 'delete') {
      if (exists) model.remove(key);
      const { rowCount } = await client.query('DELETE FROM cell WHERE key = $1', [key]);
      expect(rowCount).toBe(exists ? 1 : 0);
    } else if (step.kind === 'insert' && !exists) {
      model.write(key, value);
      await client.query('INSERT INTO cell VALUES ($1, $2)', [key, value]);
    } else {
      if (exists) model.write(key, value);
      const sql = 'UPDATE cell SET value = $2 WHERE key = $1';
      expect((await client.query(sql, [key, value])).rowCount).toBe(exists ? 1 : 0);
    }
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: '40001' });
    return false;
  }
};

type Interleaving = readonly [steps: readonly Step[], commitOrder: readonly (0 | 1)[]];

const runInterleaving = async (sessions: Sessions, [steps, commitOrder]: Interleaving) => {
  for (const session of sessions) await session.query('ROLLBACK');
  await sessions[0].query('DELETE FROM cell');
  await sessions[0].query('INSERT INTO cell VALUES (1, 0), (2, 0), (3, 0)');
  const model = createModel();
  const ends = steps.length / 2;
  const transactions: (ModelTransaction | undefined)[] = [undefined, undefined];
  const failed = [false, false];
  const finish = async (session: 0 | 1): Promise<void> => {
    const client = sessions[session];
    const transaction = transactions[session];
    if (!transaction) return;
    transactions[session] = undefined;
    const [mayFail, mustFail] = [transaction.mayFail(), transaction.mustFail()];
    const answer = await client.query('COMMIT').catch((error: unknown) => error);
    const conflict = failed[session] || answer instanceof Error;
    if (conflict) await client.query('ROLLBACK');
    else transaction.commit();
    // Both ways: no conflict is missed, and none is made up.
    expect({ conflict }).toEqual({ conflict: conflict ? mayFail : mustFail });
  };
  for (const session of [0, 1] as const) {
    await sessions[session].query('BEGIN');
    await readAll(sessions[session]);
    transactions[session] = model.begin();
  }
  for (const [at, step] of steps.entries()) {
    if (at === Math.floor(ends)) await finish(commitOrder[0] ?? 0);
    const transaction = transactions[step.session];
    if (!transaction || failed[step.session]) continue;
    const fine = await runStep(sessions[step.session], transaction, step, 1000 + at);
    if (!fine) failed[step.session] = true;
  }
  for (const session of commitOrder) await finish(session);
  expect(await readAll(sessions[0])).toEqual(model.committed());
};

const step = fc.record({
  session: fc.constantFrom<0 | 1>(0, 1),
  kind: fc.constantFrom<Step['kind']>(
    'read',
    'write',
    'write',
    'insert',
    'delete',
    'lock',
    'share',
  ),
  key: fc.constantFrom(...keys),
});
const orders = fc.constantFrom<readonly (0 | 1)[]>([0, 1], [1, 0]);
const interleaving = fc.tuple(fc.array(step, { minLength: 2, maxLength: 8 }), orders);

const check = (sessions: Sessions, numRuns: number) =>
  fc.check(
    fc.asyncProperty(interleaving, (steps) => runInterleaving(sessions, steps)),
    { numRuns, endOnFailure: true },
  );

const queryable = (client: pg.Client, change = (sql: string) => sql): Queryable => ({
  query: (sql, values = []) => client.query(change(sql), [...values]),
});

/** So many interleavings of two transactions, drawn at random. */
export const describeInterleavings = (interleavings: number): void => {
  describe('any two transactions', () => {
    beforeAll(async () => {
      dsql = await startLocalDsql();
      clients = [dsql.client(), dsql.client()];
      await Promise.all(clients.map((client) => client.connect()));
      await clients[0].query('CREATE TABLE cell (key int PRIMARY KEY, value int NOT NULL)');
    });

    afterAll(async () => {
      await Promise.all(clients.map((client) => client.end()));
      await dsql.stop();
    });

    it('end as first-committer-wins over snapshots says', { timeout: timeoutMs }, async () => {
      const [one, other] = clients;
      const result = await check([queryable(one), queryable(other)], interleavings);
      expect(fc.defaultReportMessage(result) ?? 'no counterexample').toBe('no counterexample');
      expect(result.numRuns).toBe(interleavings);
    });

    it.each([
      ['a row lock that is not taken', (sql: string) => sql.replace(/ FOR .*/, '')],
      ['a write on a newer snapshot', (sql: string) => sql.replace('BEGIN', 'SELECT 1')],
    ])('are found out when they miss a conflict: %s', { timeout: timeoutMs }, async (_, plant) => {
      const [one, other] = clients;
      const result = await check([queryable(one), queryable(other, plant)], plantedInterleavings);
      expect(result.failed).toBe(true);
    });
  });
};
