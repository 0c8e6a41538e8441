import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import { serverErrorOf } from '../../src/adapters/dsql/connection/error-mapping.ts';
import {
  createIdempotencyRecords,
  type IdempotencyRecords,
  statement,
} from '../../src/adapters/dsql/index.ts';
import type { StatementResult } from '../../src/adapters/dsql/wire/statement.ts';
import { bankSchema } from './bank.ts';
import { type TestDsql, testDsql } from './dsql.ts';
import { faultKinds, type NetworkFault } from './fault-kinds.ts';
import { type FaultyCluster, startFaultyCluster } from './faulty-cluster.ts';
import type { Mutation } from './transfer-caller.ts';
import { runTransfers } from './transfer-run.ts';

/** The long run is `npm run faults`, with 10,000 transfers each. */
const transfers = 250;
/**
 * As many faults in half the time; with twice as many of connecting, there would hardly be
 * connections.
 */
const fewer = { transfers: transfers / 2, intensity: 2 };
const clients = 8;
/** So few transfers must be enough to show a broken rule. */
const intensity = 3;
const seed = 7;
/** A client connects anew so often that faults of connecting come in so short a run. */
const transfersPerConnection = 5;
/**
 * A kind takes about a second, and many times as long on a machine that does other things as well.
 */
const kindMsMax = 120_000;

const real = createIdempotencyRecords(bankSchema);
const nothing = statement('SELECT 1 WHERE false');

const withoutKey: IdempotencyRecords = { ...real, insert: () => nothing };

/** Looks for the effect itself, and decides by that. */
const lookingFirst: IdempotencyRecords = {
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

const newKeyEachTime: IdempotencyRecords = {
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

/**
 * A unit of work that is wrong, the kind of fault that shows it, and the violation that is found.
 */
type WrongUnitOfWork = {
  readonly name: string;
  readonly mutation: Mutation;
  readonly kind: string;
  readonly violation: RegExp;
};

const wrongUnitsOfWork: readonly WrongUnitOfWork[] = [
  {
    name: 'takes a lost COMMIT for a failure, and runs it anew under another key',
    mutation: { records: newKeyEachTime },
    kind: 'reset, answer of commit',
    violation: /more than once/,
  },
  {
    name: 'forgets the key',
    mutation: { records: withoutKey },
    kind: 'reset, answer of commit',
    violation: /more than once/,
  },
  {
    name: 'takes a lost COMMIT for a success',
    mutation: { connection: hopeful },
    kind: 'reset, request of commit',
    violation: /acknowledged and not there/,
  },
  {
    name: 'looks whether it has happened, and decides by that',
    mutation: { records: lookingFirst },
    kind: 'late, request of write',
    violation: /more than once/,
  },
];

/** A part of the kinds of fault, and of the wrong units of work. */
export type TransferCases = {
  readonly kinds: readonly NetworkFault[];
  readonly wrong: readonly WrongUnitOfWork[];
};

/**
 * The answer to a COMMIT that is lost, and a request that takes effect after its client has given
 * up.
 */
const briefKinds = ['reset, answer of commit', 'late, request of write'];
const isBrief = ({ name }: NetworkFault): boolean => briefKinds.includes(name);

/** Few seconds' worth: the faults that a wrong unit of work survives least. */
export const briefCases: TransferCases = {
  kinds: faultKinds.filter(isBrief),
  wrong: wrongUnitsOfWork.slice(0, 1),
};

/** All the others. */
export const furtherCases: TransferCases = {
  kinds: faultKinds.filter((kind) => !isBrief(kind)),
  wrong: wrongUnitsOfWork.slice(1),
};

/**
 * Runs transfers under each kind of fault, and shows that the checks find each wrong unit of work.
 */
export const describeTransfers = ({ kinds, wrong }: TransferCases): void => {
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
    it.each(kinds)(
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

  describe('the same checks', () => {
    it.each(wrong)(
      'find a unit of work that $name',
      async ({ mutation, kind: name, violation }) => {
        const kind = faultKinds.find((one) => one.name === name);
        if (!kind) throw new Error(`no kind ${name}`);
        const options = { transfers, clients, intensity, seed, mutation };
        const run = await runTransfers(cluster, kind, options);
        expect(run.violations.join('\n')).toMatch(violation);
      },
      kindMsMax,
    );
  });
};
