import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionPool, Migrator } from '../../../../src/adapters/dsql/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import {
  createRetrier,
  InvalidInput,
  InvariantViolation,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import { createMigrationHandler } from '../../../../src/handlers/runtime/index.ts';
import { lambdaContext } from '../../../support/lambda.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

const stackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/orders/1a2b';

const event = {
  RequestType: 'Create',
  ResponseURL: 'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/answer',
  StackId: stackId,
  RequestId: 'request',
  ResourceType: 'Custom::AntipodeMigration',
  LogicalResourceId: 'Migration',
  ResourceProperties: { DatabaseRole: 'orders_app', ClientRoleArns: [] },
} as const;

/**
 * Nothing is connected to: the migrations of these tests end before the role is granted anything.
 */
let connected = 0;
const connections: ConnectionPool = {
  use: () => {
    connected += 1;
    return Promise.reject(new Error('connected'));
  },
  warmUp: async () => undefined,
  close: async () => undefined,
};

let answers: Record<string, unknown>[];
beforeEach(() => {
  answers = [];
  connected = 0;
  vi.stubGlobal('fetch', async (_url: string, { body }: { body: string }) => {
    answers.push(JSON.parse(body) as Record<string, unknown>);
    return new Response();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const handlerOf = (
  run: Migrator['run'],
  clock = manualClock(),
  trust: Parameters<typeof createMigrationHandler>[0]['trust'] = { stackId, clientRoleNames: [] },
) => {
  const retrier = createRetrier({ clock, random: always(0), metrics: createMemoryMetrics() });
  const migrator = { run } as Migrator;
  const logger = createMemoryLogger();
  return createMigrationHandler({
    ...{ connections, retrier, migrator, schema: 'orders', clock, logger, trust },
  });
};

describe('the custom resource of the migration', () => {
  it.each([30_000, 900_000])(
    'ends what it does before the time to answer has come, with %d ms left',
    async (remainingMs) => {
      const clock = manualClock();
      const deadlines: number[] = [];
      const handler = handlerOf(async (deadline) => {
        deadlines.push(deadline - clock.now());
        throw new Error('not migrated');
      }, clock);
      await handler(event, lambdaContext('request', remainingMs));
      // Ten seconds are kept for the answer, and five to end what is under way.
      expect(deadlines).toEqual([remainingMs - 15_000]);
      expect(answers).toMatchObject([{ Status: 'FAILED', Reason: 'not migrated' }]);
    },
  );

  it.each([
    [new InvalidInput('orders-2: no such type'), 'correct this migration: orders-2: no such type'],
    [new InvariantViolation('orders-2: refused'), 'correct this migration: orders-2: refused'],
    [new Unavailable('the lease is taken'), 'the lease is taken'],
  ])('asks to correct a migration that no attempt can apply, and no other', async (fault, said) => {
    await handlerOf(() => Promise.reject(fault))(event, lambdaContext('request', 30_000));
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: said }]);
  });

  it('ends a migration that has not ended by itself, and grants nothing after it', async () => {
    let ended: unknown;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const handler = handlerOf(async (_deadline, signal) => {
      await new Promise<void>((done) => signal?.addEventListener('abort', () => done()));
      ended = signal?.reason;
      resolve();
      return [];
    });
    await handler(event, lambdaContext('request', 10_005));
    await over;
    expect(ended).toEqual(new Error('Not finished within the time of the function'));
    expect(answers).toMatchObject([{ Status: 'FAILED' }]);
    expect(connected).toBe(0);
  });

  it('lets in no role for a stack whose id names no account', async () => {
    const responseOrigin = 'http://localhost:4100';
    const trust = { stackId: 'local', responseOrigin, clientRoleNames: ['api'] };
    let migrated = false;
    const run: Migrator['run'] = async () => {
      migrated = true;
      return [];
    };
    const ClientRoleArns = ['arn:aws:iam::123456789012:role/api'];
    await handlerOf(
      run,
      manualClock(),
      trust,
    )(
      {
        ...event,
        StackId: 'local',
        ResponseURL: 'http://localhost:4100/answer',
        ResourceProperties: { DatabaseRole: 'orders_app', ClientRoleArns },
      },
      lambdaContext('request', 60_000),
    );
    expect(answers).toMatchObject([
      { Status: 'FAILED', Reason: expect.stringContaining('is of another account than the stack') },
    ]);
    expect([migrated, connected]).toEqual([false, 0]);
  });

  it('lets in the roles that its own variables name, whatever a request asks for', async () => {
    let migrated = false;
    const run: Migrator['run'] = async () => {
      migrated = true;
      return [];
    };
    const ClientRoleArns = ['api', 'admin'].map((name) => `arn:aws:iam::123456789012:role/${name}`);
    const handler = handlerOf(run, manualClock(), { stackId, clientRoleNames: ['api'] });
    const ResourceProperties = { DatabaseRole: 'orders_app', ClientRoleArns };
    await handler({ ...event, ResourceProperties }, lambdaContext('request', 60_000));
    expect(answers).toMatchObject([
      {
        Status: 'FAILED',
        Reason:
          "arn:aws:iam::123456789012:role/admin is no role of this stack's functions: give them to the construct Migration as clients",
      },
    ]);
    expect([migrated, connected]).toEqual([false, 0]);
  });
});
