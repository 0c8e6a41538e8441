import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from './support.ts';

/** Two transactions over a few rows, step by step in one order. */
type Step = {
  readonly session: 0 | 1;
  readonly kind: 'read' | 'write' | 'insert' | 'lock';
  readonly key: number;
};

const keys = [1, 2, 3, 4];
/** Row 4 does not exist at first. */
const initial: Readonly<Record<number, number>> = { 1: 0, 2: 0, 3: 0 };
const interleavings = 120;

let dsql: LocalDsql;
let sessions: readonly [pg.Client, pg.Client];

beforeAll(async () => {
  dsql = await startLocalDsql();
  sessions = [dsql.client(), dsql.client()];
  await Promise.all(sessions.map((session) => session.connect()));
  await sessions[0].query('CREATE TABLE cell (key int PRIMARY KEY, value int NOT NULL)');
});

afterAll(async () => {
  await Promise.all(sessions.map((session) => session.end()));
  await dsql.stop();
});

type Rows = Record<number, number>;

const readAll = async (client: pg.Client): Promise<Rows> => {
  const { rows } = await client.query<{ key: number; value: number }>(
    'SELECT key, value FROM cell',
  );
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
};

/** First-committer-wins over snapshots, the semantics that are claimed. */
const createModel = () => {
  let committed: Rows = { ...initial };
  const commits: { readonly at: number; readonly keys: ReadonlySet<number> }[] = [];
  let time = 0;
  const begin = () => {
    const snapshotAt = time;
    const rows: Rows = { ...committed };
    const touched = new Set<number>();
    const written = new Set<number>();
    return {
      rows,
      touch: (key: number) => void touched.add(key),
      write: (key: number, value: number) => {
        rows[key] = value;
        touched.add(key);
        written.add(key);
      },
      isDoomed: () =>
        commits.some(
          (commit) => commit.at > snapshotAt && [...touched].some((key) => commit.keys.has(key)),
        ),
      commit: () => {
        time += 1;
        committed = {
          ...committed,
          ...Object.fromEntries([...written].map((key) => [key, rows[key] ?? 0])),
        };
        commits.push({ at: time, keys: touched });
      },
    };
  };
  return { begin, committed: () => committed };
};

type ModelTransaction = ReturnType<ReturnType<typeof createModel>['begin']>;

/** Runs one step in both; `false` when the database reported a conflict. */
const runStep = async (client: pg.Client, model: ModelTransaction, step: Step, value: number) => {
  const { key } = step;
  const exists = key in model.rows;
  try {
    if (step.kind === 'read') {
      const { rows } = await client.query('SELECT value FROM cell WHERE key = $1', [key]);
      expect(rows).toEqual(exists ? [{ value: model.rows[key] }] : []);
    } else if (step.kind === 'lock') {
      if (exists) model.touch(key);
      await client.query('SELECT value FROM cell WHERE key = $1 FOR UPDATE', [key]);
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
    // An insert meets the row itself when it was committed after the snapshot.
    if ((error as { code?: string }).code !== '23505')
      expect(error).toMatchObject({ code: '40001' });
    return false;
  }
};

const runInterleaving = async (steps: readonly Step[], commitOrder: readonly (0 | 1)[]) => {
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
    const doomed = transaction.isDoomed();
    const answer = await client.query('COMMIT').catch((error: unknown) => error);
    const conflict = failed[session] || answer instanceof Error;
    if (conflict) await client.query('ROLLBACK');
    else transaction.commit();
    // Both ways: no conflict is missed, and none is made up.
    expect(conflict).toBe(doomed);
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

describe('any two transactions', () => {
  it('end as first-committer-wins over snapshots says', { timeout: 120_000 }, async () => {
    const step = fc.record({
      session: fc.constantFrom<0 | 1>(0, 1),
      kind: fc.constantFrom<Step['kind']>('read', 'write', 'write', 'insert', 'lock'),
      key: fc.constantFrom(...keys),
    });
    const orders = fc.constantFrom<readonly (0 | 1)[]>([0, 1], [1, 0]);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), orders, runInterleaving),
      { numRuns: interleavings, endOnFailure: true },
    );
  });
});
