import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createMigrator,
  frameworkMigrations,
  grantDatabaseRole,
} from '../../../../src/adapters/dsql/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { systemClock, systemIds } from '../../../../src/adapters/system/index.ts';
import type { EventEnvelope } from '../../../../src/domain/kernel/index.ts';
import {
  type HandledProbe,
  type PublishedProbes,
  type VerificationRequest,
  verificationFailureMember,
  verificationMember,
} from '../../../../src/domain/kernel/verification.ts';
import { createEventHandler } from '../../../../src/handlers/runtime/index.ts';
import { answerMigrationVerification } from '../../../../src/handlers/runtime/verification/migration-verification.ts';
import { createProbeRecorder } from '../../../../src/handlers/runtime/verification/probes.ts';
import { answerRelayVerification } from '../../../../src/handlers/runtime/verification/relay-verification.ts';
import { createVerification } from '../../../../src/handlers/runtime/verification/verifiable.ts';
import { counterSchema as schema } from '../../../support/counter.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, newRetrier, poolOf } from '../../../support/dsql-adapter.ts';
import { asLambda, handlerParts, lambdaContext } from '../../../support/lambda.ts';

const role = 'counter_app';
const soon = (): number => Date.now() + 20_000;
const migrations = frameworkMigrations(schema);

let dsql: TestDsql;
let admin: ConnectionPool;
/** Connections of both Regions, under the database role. */
let pools: { readonly primary: ConnectionPool; readonly secondary: ConnectionPool };

const service = {
  ...{ name: 'counter', source: 'test.counter', schema, role, migrations: [] },
  events: { Added: { version: 2 }, Reset: { version: 1 } },
  consumers: {
    totals: { on: ['Added', 'Reset'] },
    audit: { on: ['Added'], of: 'other-region' },
    resets: { on: ['Reset'] },
  },
} as never;

const published: EventEnvelope[] = [];

const relay = (connections: ConnectionPool, isTaken = true) => {
  const publish = async (events: readonly EventEnvelope[]) => {
    published.push(...events);
    return events.map(() =>
      isTaken
        ? ({ ok: true } as const)
        : ({ ok: false, retryable: false, reason: 'AccessDenied' } as const),
    );
  };
  const deps = { service, connections, publisher: { publish }, region: dsql.region };
  return async <Answer>(request: VerificationRequest): Promise<Answer> =>
    (await answerRelayVerification({ ...deps, ids: systemIds }, request, soon())) as Answer;
};

beforeAll(async () => {
  dsql = await testDsql();
  admin = poolOf(dsql);
  await migrate(admin, schema, migrations);
  const grant = { role, schema, iamRoleArns: [dsql.principalArn] };
  await grantDatabaseRole(admin, newRetrier(), grant, soon());
  pools = {
    primary: poolOf(dsql, { user: role }),
    secondary: poolOf(dsql, { user: role, at: dsql.peer }),
  };
});

afterAll(async () => {
  await Promise.all([admin, pools.primary, pools.secondary].map((pool) => pool.close()));
  await dsql.stop();
});

describe('a function that is asked to verify itself', () => {
  it('connects under its database role, and answers no other question unless it has one', async () => {
    const parts = { connections: pools.primary, region: 'us-east-1', user: role };
    const verify = createVerification(parts);
    const ask = (request: unknown) => verify({ [verificationMember]: request }, lambdaContext());
    expect(await ask({ name: 'connection' })).toEqual({
      region: 'us-east-1',
      user: role,
      ms: expect.any(Number),
    });
    expect(verify({ detail: {} }, lambdaContext())).toBeUndefined();
    expect(verify(null, lambdaContext())).toBeUndefined();
    for (const wrong of [{ name: 'outbox' }, null, {}, 'outbox']) {
      expect(await ask(wrong)).toEqual({
        [verificationFailureMember]: {
          errorType: 'InvalidInput',
          errorMessage: 'This function only answers the verification "connection"',
        },
      });
    }
  });

  it('answers a question without a name with a failure, and is not asked to answer it', async () => {
    const parts = { connections: pools.primary, region: 'us-east-1', user: role };
    const verify = createVerification(parts, async () => Promise.reject(new Error('asked')));
    for (const wrong of [null, {}, { name: 7 }, 'outbox']) {
      expect(await verify({ [verificationMember]: wrong }, lambdaContext())).toEqual({
        [verificationFailureMember]: {
          errorType: 'InvalidInput',
          errorMessage: 'A verification needs a name',
        },
      });
    }
  });

  it('answers with the reason of the cluster where its IAM role is not let in', async () => {
    const connections = poolOf(dsql, { user: 'nobody' });
    const verify = createVerification({ connections, region: 'us-east-1', user: 'nobody' });
    const asked = { [verificationMember]: { name: 'connection' } };
    expect(await verify(asked, { getRemainingTimeInMillis: () => 3_000 })).toEqual({
      [verificationFailureMember]: {
        errorType: expect.any(String),
        errorMessage: expect.stringMatching(/access denied|unable to accept/i),
      },
    });
    await connections.close();
  });
});

describe('the relay that is asked to verify', () => {
  it('commits a row that the other Region finds until it is removed', async () => {
    const [primary, secondary] = [relay(pools.primary), relay(pools.secondary)];
    const key = systemIds.uuid();
    const { fence } = await primary<{ fence: string }>({ name: 'write', key });
    expect(await secondary({ name: 'read', key })).toEqual({ found: true });
    await secondary({ name: 'remove', key, fence });
    expect(await primary({ name: 'read', key })).toEqual({ found: false });
  });

  it('publishes one probe for the first event of each consumer, which each records once', async () => {
    const ask = relay(pools.primary);
    const { probes } = await ask<PublishedProbes>({ name: 'publish' });
    expect(probes.map(({ type, consumers }) => [type, consumers])).toEqual([
      [
        'Added',
        [
          { name: 'totals', ofOtherRegion: false },
          { name: 'audit', ofOtherRegion: true },
        ],
      ],
      ['Reset', [{ name: 'resets', ofOtherRegion: false }]],
    ]);
    const consumed: unknown[] = [];
    const handler = createEventHandler({
      ...(await handlerParts()),
      clock: systemClock,
      consumer: 'totals',
      catalogue: { parse: (wire) => wire as EventEnvelope },
      consume: async (event) => {
        consumed.push(event);
        return { status: 'committed', result: null } as never;
      },
      recordProbe: createProbeRecorder(pools.primary, schema, 'totals'),
    });
    const [event] = published;
    const deliver = () => asLambda<unknown>(handler)({ detail: event }, lambdaContext());
    expect(await deliver()).toEqual({ status: 'probed' });
    expect(await deliver()).toEqual({ status: 'probed' });
    expect(consumed).toEqual([]);
    const id = event?.id ?? '';
    expect(await ask<HandledProbe[]>({ name: 'handled', ids: [id] })).toEqual([
      { id, consumer: 'totals', handledAt: expect.any(Number) },
    ]);
    await ask({ name: 'forget', records: [{ id, consumer: 'totals' }] });
    expect(await ask({ name: 'handled', ids: [id] })).toEqual([]);
  });

  it('fails where the bus takes no probe, with its reason', async () => {
    const ask = relay(pools.primary, false);
    await expect(ask({ name: 'publish' })).rejects.toThrow('AccessDenied');
  });

  it('tells of the outbox, and refuses the question of another function', async () => {
    const ask = relay(pools.primary);
    expect(await ask({ name: 'outbox' })).toMatchObject({ dead: { count: 0 } });
    await expect(ask({ name: 'migrations' })).rejects.toThrow('does not answer');
  });
});

it('the migrating function tells what its code needs and who is let in', async () => {
  const more = [
    ...migrations,
    { id: 'later', ddl: 'CREATE TABLE IF NOT EXISTS counting.later (a int)' },
  ];
  const parts = { connections: admin, retrier: newRetrier(), schema };
  const logged = { logger: createMemoryLogger(), metrics: createMemoryMetrics() };
  const migrator = createMigrator({ ...parts, ...logged, migrations: more, owner: 'one' });
  const ask = (name: 'migrations' | 'outbox') =>
    answerMigrationVerification({ ...parts, migrator, role }, { name }, soon());
  expect(await ask('migrations')).toEqual({
    pending: ['later'],
    problems: [],
    missingTables: [],
    iamRoles: [dsql.principalArn],
  });
  await expect(ask('outbox')).rejects.toThrow('does not answer');
});
