import { describe, expect, it, vi } from 'vitest';
import type { ConnectionPool, Migrator } from '../../../../src/adapters/dsql/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { createRetrier, InvalidInput } from '../../../../src/domain/kernel/index.ts';
import { createInvokedMigration } from '../../../../src/handlers/runtime/custom-resource/invoked-migration.ts';
import { lambdaContext } from '../../../support/lambda.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

/** Nothing is connected to: the migrations of these tests end before a role is granted anything. */
const connections: ConnectionPool = {
  use: () => Promise.reject(new Error('connected')),
  warmUp: async () => undefined,
  close: async () => undefined,
};

const handlerOf = (
  run: Migrator['run'],
  clientRoleNames: readonly string[] | undefined = ['api'],
) => {
  const clock = manualClock();
  const retrier = createRetrier({ clock, random: always(0), metrics: createMemoryMetrics() });
  const migrator = { run } as Migrator;
  const logger = createMemoryLogger();
  return createInvokedMigration({
    ...{ connections, retrier, migrator, schema: 'orders', clock, logger },
    trust: { clientRoleNames },
  });
};

describe('a migration that an invocation asks for', () => {
  const invokedFunctionArn = 'arn:aws:lambda:us-east-1:123456789012:function:orders-migrate';
  const context = { ...lambdaContext('request', 900_000), invokedFunctionArn };
  const roleOf = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
  const input = { DatabaseRole: 'orders_app', ClientRoleArns: [roleOf('123456789012', 'api')] };

  it('fails with the reason of the migration', async () => {
    const failing = async () => {
      throw new InvalidInput('0001 has a wrong name');
    };
    await expect(handlerOf(failing)(input, context)).rejects.toThrow(
      'correct this migration: 0001 has a wrong name',
    );
  });

  it.each([
    [roleOf('123456789012', 'stranger'), 'no role of this stack'],
    [roleOf('999999999999', 'api'), 'of another account'],
  ])('refuses %s before it migrates', async (arn, reason) => {
    const run = vi.fn();
    const handler = handlerOf(run);
    const request = { ...input, ClientRoleArns: [arn] };
    await expect(handler(request, context)).rejects.toThrow(reason);
    expect(run).not.toHaveBeenCalled();
  });

  it('does nothing when the resource is deleted', async () => {
    const run = vi.fn();
    const handler = handlerOf(run);
    const request = { ...input, tf: { action: 'delete', prev_input: input } } as const;
    expect(await handler(request, context)).toEqual({ Applied: 0, Request: input });
    expect(run).not.toHaveBeenCalled();
  });

  it('needs the names of the roles as well', () => {
    expect(() => createInvokedMigration({ trust: {} } as never)).toThrow('Set CLIENT_ROLE_NAMES');
  });
});
