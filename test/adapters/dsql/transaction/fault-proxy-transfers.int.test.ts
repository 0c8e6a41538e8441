import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Connection,
  createOnceRecords,
  type OnceRecords,
  type StatementResult,
  serverErrorOf,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { bankSchema } from '../../../support/bank.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { faultKinds } from '../../../support/fault-kinds.ts';
import { type FaultyCluster, startFaultyCluster } from '../../../support/faulty-cluster.ts';
import type { Mutation } from '../../../support/transfer-caller.ts';
import { runTransfers } from '../../../support/transfer-run.ts';

/** The long run is `npm run faults`, with 10,000 transfers each. */
const transfers = 250;
/** As many faults in half the time; with twice as many of connecting, there would hardly be connections. */
const fewer = { transfers: transfers / 2, intensity: 2 };
const clients = 8;
/** What is broken has to show in as few transfers. */
const intensity = 3;
const seed = 7;
/** A client connects anew so often that faults of connecting come in so short a run. */
const transfersPerConnection = 5;
/** A kind takes about a second, and many times as long on a machine that does other things as well. */
const kindMsMax = 120_000;

let dsql: TestDsql;
let cluster: FaultyCluster;

beforeAll(async () => {
  dsql = await testDsql();
  cluster = await startFaultyCluster({ ...dsql, endpoints: [dsql, dsql.peer] }, seed);
});

afterAll(async () => {
  await cluster.stop();
  await dsql.stop();
});

describe('transfers under faults', () => {
  it.each(faultKinds)(
    'take effect exactly once: $name',
    async (kind) => {
      const short = kind.transfersPerConnection ? { ...kind, transfersPerConnection } : kind;
      const size = kind.transfersPerConnection ? { transfers } : fewer;
      const run = await runTransfers(cluster, short, { ...size, clients, seed });
      expect(run.violations, run.trace.join('\n')).toEqual([]);
      expect(run.injected.size).toBeGreaterThan(0);
      expect(run.acknowledged).toBeGreaterThan(size.transfers / 2);
    },
    kindMsMax,
  );
});

const real = createOnceRecords(bankSchema);
const nothing = statement('SELECT 1 WHERE false');

const withoutKey: OnceRecords = { ...real, insert: () => nothing };

/** Looks for the effect itself, and decides by that. */
const lookingFirst: OnceRecords = {
  ...real,
  find: (once) =>
    once.kind === 'command'
      ? statement(`SELECT id FROM ${bankSchema}.journal WHERE id = $1`, once.key)
      : nothing,
  outcomeOf: (once) => ({
    status: 'replayed',
    result: JSON.parse(once.kind === 'command' ? once.fingerprint : 'null'),
  }),
  insert: () => nothing,
};

const newKeyEachTime: OnceRecords = {
  ...real,
  find: () => nothing,
  insert: (once, result) =>
    real.insert(once.kind === 'command' ? { ...once, key: randomUUID() } : once, result),
};

const committed: StatementResult = { command: 'COMMIT', rowCount: 0, rows: [] };

const hopeful = (connection: Connection): Connection => ({
  ...connection,
  flight: async (statements, deadline) => {
    const flown = await connection.flight(statements, deadline);
    const isLost = flown.error !== undefined && serverErrorOf(flown.error) === undefined;
    return isLost && statements.at(-1)?.sql === 'COMMIT' ? { results: [committed] } : flown;
  },
});

describe('the same checks', () => {
  const mutants: readonly [string, Mutation, string, RegExp][] = [
    ['forgets the key', { once: withoutKey }, 'reset, answer of commit', /more than once/],
    [
      'takes a lost COMMIT for a failure, and runs it anew under another key',
      { once: newKeyEachTime },
      'reset, answer of commit',
      /more than once/,
    ],
    [
      'takes a lost COMMIT for a success',
      { connection: hopeful },
      'reset, request of commit',
      /acknowledged and not there/,
    ],
    [
      'looks whether it has happened, and decides by that',
      { once: lookingFirst },
      'late, request of write',
      /more than once/,
    ],
  ];

  it.each(mutants)(
    'find a unit of work that %s',
    async (_, mutation, name, expected) => {
      const kind = faultKinds.find((one) => one.name === name);
      if (!kind) throw new Error(`no kind ${name}`);
      const run = await runTransfers(cluster, kind, {
        transfers,
        clients,
        intensity,
        seed,
        mutation,
      });
      expect(run.violations.join('\n')).toMatch(expected);
    },
    kindMsMax,
  );
});
