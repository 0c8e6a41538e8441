import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../../src/adapters/dsql/connection/connection.ts';
import { createTokenSource } from '../../../../src/adapters/dsql/connection/token.ts';
import { type ConnectionPool, query, statement } from '../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';
import { type FaultProxy, startFaultProxy } from '../../../support/fault-proxy.ts';
import type { FaultAction, FaultPlan } from '../../../support/fault-proxy-plan.ts';
import { type Step, stepName } from '../../../support/fault-proxy-steps.ts';

const seed = 7;
/** Time for a flight that is answered at all; one that is not costs a test as much. */
const answeredMsMax = 2_000;
const unansweredMsMax = 400;

let dsql: TestDsql;
let proxy: FaultProxy;
let direct: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  direct = poolOf(dsql);
  await query(direct, statement('CREATE TABLE note (text text PRIMARY KEY)'), { writes: true });
  proxy = await startFaultProxy({ upstream: { port: dsql.port, ca: dsql.ca }, seed });
});

afterEach(() => proxy.setPlan(undefined));

afterAll(async () => {
  await direct.close();
  await proxy.stop();
  await dsql.stop();
});

const open = (through: FaultProxy = proxy) => {
  const endpoint = `localhost:${through.port}`;
  const target = { endpoint, region: dsql.region, user: 'admin', ca: through.ca };
  return connect(
    target,
    createTokenSource(target, () => dsql.credentials),
    Date.now() + answeredMsMax,
  );
};

/** Strikes once, at the first message of this name. */
const strike = (action: FaultAction, at: string, options: Partial<FaultPlan> = {}): void =>
  proxy.setPlan({
    ...{ action, rate: 1, faultsMax: 1 },
    at: (step: Step) => stepName(step) === at,
    ...options,
  });

const isThere = async (text: string): Promise<boolean> => {
  const one = statement('SELECT FROM note WHERE text = $1', text);
  return (await query(direct, one, { writes: false })).rowCount === 1;
};

/**
 * Inserts in a transaction of one flight, and tells what came back and what is there afterwards.
 */
const insertThrough = async (msMax = answeredMsMax) => {
  const connection = await open();
  const text = crypto.randomUUID();
  const insert = statement('INSERT INTO note VALUES ($1)', text);
  const flight = [statement('BEGIN'), insert, statement('COMMIT')];
  const { results, error } = await connection.flight(flight, Date.now() + msMax);
  await connection.close();
  await proxy.settled();
  return { tags: results.map(({ command }) => command), error, isThere: await isThere(text) };
};

const statements = ['BEGIN', 'INSERT', 'COMMIT'];
const requests = [
  ...statements.flatMap((word) =>
    ['Parse', 'Bind', 'Describe', 'Execute'].map((message) => `client ${message} ${word}`),
  ),
  'client Sync COMMIT',
];
const answers = [
  ...statements.flatMap((word) =>
    ['ParseComplete', 'BindComplete', 'NoData', 'CommandComplete'].map(
      (message) => `server ${message} ${word}`,
    ),
  ),
  'server ReadyForQuery COMMIT',
];

describe('a fault proxy', () => {
  it('lets everything through while it has no plan', async () => {
    const { tags, error, isThere: there } = await insertThrough();
    expect({ tags, error, there }).toEqual({ tags: statements, error: undefined, there: true });
    expect(proxy.injected().size).toBe(0);
  });

  it.each(requests)('breaks off before the endpoint has all of %s', async (step) => {
    for (const action of ['cut', 'reset'] as const) {
      strike(action, step);
      const { error, isThere: there } = await insertThrough();
      expect({ error: error !== undefined, there }).toEqual({ error: true, there: false });
      expect([...proxy.injected()]).toEqual([[step, 1]]);
    }
  });

  it.each(answers)('breaks off when COMMIT is carried out and before %s arrives', async (step) => {
    for (const action of ['cut', 'reset'] as const) {
      strike(action, step);
      const { error, isThere: there } = await insertThrough();
      expect({ error: error !== undefined, there }).toEqual({ error: true, there: true });
      expect([...proxy.injected()]).toEqual([[step, 1]]);
    }
  });

  it.each([
    ['client Execute COMMIT', false],
    ['server CommandComplete COMMIT', true],
  ] as const)('swallows every message from %s on, and stays silent', async (step, there) => {
    for (const action of ['black-hole', 'silence'] as const) {
      strike(action, step);
      const outcome = await insertThrough(unansweredMsMax);
      expect(outcome.error).toBeDefined();
      expect(outcome.isThere).toBe(there);
    }
  });

  it.each(['client Parse INSERT', 'server CommandComplete INSERT', 'server ReadyForQuery COMMIT'])(
    'delays %s and keeps the order of what is behind it',
    async (step) => {
      strike('delay', step, { heldMs: [1, 30] });
      const { tags, error } = await insertThrough();
      expect({ tags, error }).toEqual({ tags: statements, error: undefined });
      expect(proxy.injected().get(step)).toBe(1);
    },
  );

  it('delays every message of both directions, each in its turn', async () => {
    proxy.setPlan({ action: 'delay', at: () => true, rate: 1, heldMs: [0, 3] });
    expect((await insertThrough()).tags).toEqual(statements);
    for (const step of [...requests, ...answers]) expect(proxy.injected().get(step)).toBe(1);
  });

  it('delivers a message late that its client has given up', async () => {
    strike('late', 'client Bind COMMIT', { heldMs: [1, 30] });
    const { error, isThere: there } = await insertThrough();
    expect({ error: error !== undefined, there }).toEqual({ error: true, there: true });
  });

  it('carries out a delayed COMMIT although its client left meanwhile', async () => {
    const connection = await open();
    const text = crypto.randomUUID();
    strike('delay', 'client Execute COMMIT', { heldMs: [unansweredMsMax, unansweredMsMax] });
    const flight = [
      statement('BEGIN'),
      statement('INSERT INTO note VALUES ($1)', text),
      statement('COMMIT'),
    ];
    const { error } = await connection.flight(flight, Date.now() + unansweredMsMax / 2);
    expect(error).toBeDefined();
    await proxy.settled();
    expect(await isThere(text)).toBe(true);
  });

  it.each([
    'client Connect LOGIN',
    'client Startup LOGIN',
    'client Password LOGIN',
    'server Authentication LOGIN',
    'server ParameterStatus LOGIN',
    'server BackendKeyData LOGIN',
    'server ReadyForQuery LOGIN',
  ])('breaks a login at %s', async (step) => {
    for (const action of ['cut', 'reset'] as const) {
      strike(action, step);
      await expect(open()).rejects.toThrow();
      expect([...proxy.injected()]).toEqual([[step, 1]]);
    }
  });

  it('does the same to the same traffic under the same seed', async () => {
    const traceOf = async (of: number) => {
      const upstream = { port: dsql.port, ca: dsql.ca };
      const plan: FaultPlan = { action: 'delay', at: () => true, rate: 0.3, heldMs: [0, 2] };
      const fresh = await startFaultProxy({ upstream, seed: of, plan });
      for (let turn = 0; turn < 3; turn += 1) {
        const connection = await open(fresh);
        await connection.flight(
          [statement('BEGIN'), statement('SELECT 1'), statement('COMMIT')],
          Date.now() + answeredMsMax,
        );
        await connection.close();
      }
      await fresh.settled();
      await fresh.stop();
      return fresh.trace().toSorted();
    };
    const first = await traceOf(1);
    expect(first.length).toBeGreaterThan(5);
    expect(await traceOf(1)).toEqual(first);
    expect(await traceOf(2)).not.toEqual(first);
  });
});
