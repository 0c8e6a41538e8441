import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { describe, expect, it } from 'vitest';
import { createMemoryIdempotencyStore } from '../../../src/adapters/memory/index.ts';
import { StorePersistenceLayer } from '../../../src/adapters/powertools/index.ts';
import type { IdempotencyStore } from '../../../src/domain/kernel/index.ts';
import { systemIds } from '../../../src/handlers/runtime/system.ts';
import { manualClock } from '../../support/environment.ts';

type Request = { readonly id: string; readonly amount?: number };

const timeoutMs = 30_000;
const context = { getRemainingTimeInMillis: () => timeoutMs };

const setUp = () => {
  const clock = manualClock();
  const store = createMemoryIdempotencyStore({ clock, ids: systemIds });

  /** One execution environment of the function: a layer for each invocation, the same store. */
  const environment = <Result>(
    work: (request: Request, lambda: typeof context) => Promise<Result>,
    options: {
      readonly store?: IdempotencyStore;
      readonly payloadValidationJmesPath?: string;
    } = {},
  ) => {
    const { store: usedStore = store, payloadValidationJmesPath } = options;
    return (request: Request, lambda: typeof context): Promise<Result> =>
      makeIdempotent(work, {
        persistenceStore: new StorePersistenceLayer(usedStore),
        keyPrefix: 'work',
        config: new IdempotencyConfig({
          eventKeyJmesPath: 'id',
          expiresAfterSeconds: 60,
          throwOnNoIdempotencyKey: true,
          ...(payloadValidationJmesPath === undefined ? {} : { payloadValidationJmesPath }),
        }),
      })(request, lambda);
  };
  return { clock, store, environment };
};

/** Work that is under way until it is told how to end. */
const underWay = () => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { work: () => promise, succeed: resolve, fail: reject };
};

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('makeIdempotent over a store', () => {
  it('executes one of three duplicates that overlap, and tells the others so', async () => {
    const { environment } = setUp();
    let executions = 0;
    const work = async () => {
      executions += 1;
      await turn();
      return { done: executions };
    };
    const run = [environment(work), environment(work), environment(work)];
    const results = await Promise.allSettled(run.map((one) => one({ id: 'a' }, context)));
    expect(executions).toBe(1);
    const statuses = results.map((result) =>
      result.status === 'fulfilled' ? 'done' : (result.reason as Error).name,
    );
    expect(statuses.toSorted()).toEqual([
      'IdempotencyAlreadyInProgressError',
      'IdempotencyAlreadyInProgressError',
      'done',
    ]);
    expect(await environment(work)({ id: 'a' }, context)).toEqual({ done: 1 });
    expect(executions).toBe(1);
  });

  it('executes one of three duplicates that overlap in one process', async () => {
    const { environment } = setUp();
    let executions = 0;
    const run = environment(async () => {
      executions += 1;
      await turn();
      return 'done';
    });
    await Promise.allSettled([1, 2, 3].map(() => run({ id: 'a' }, context)));
    expect(executions).toBe(1);
    expect(await run({ id: 'a' }, context)).toBe('done');
  });

  it('replays the response to whoever comes later, in any environment', async () => {
    const { environment } = setUp();
    const response = { count: 3, nested: [{ a: null }], text: 'é' };
    await environment(async () => response)({ id: 'a' }, context);
    const later = environment(async () => {
      throw new Error('executed');
    });
    expect(await later({ id: 'a' }, context)).toEqual(response);
  });

  it('replays that there was nothing to answer', async () => {
    const { environment } = setUp();
    await environment(async () => undefined)({ id: 'a' }, context);
    expect(await environment(async () => 'again')({ id: 'a' }, context)).toBeNull();
  });

  it('keeps keys apart', async () => {
    const { environment } = setUp();
    const run = environment(async ({ id }) => id);
    expect(await run({ id: 'a' }, context)).toBe('a');
    expect(await run({ id: 'b' }, context)).toBe('b');
  });

  it('gives the key back when the work fails, so that the next one may succeed', async () => {
    const { environment } = setUp();
    const failing = environment(async () => {
      throw new Error('no');
    });
    await expect(failing({ id: 'a' }, context)).rejects.toThrow('no');
    expect(await environment(async () => 'done')({ id: 'a' }, context)).toBe('done');
  });

  it('does not give back the key of another one when a duplicate is turned away', async () => {
    const { environment } = setUp();
    const { work, succeed } = underWay();
    const first = environment(work)({ id: 'a' }, context);
    await turn();
    for (const _ of [1, 2]) {
      const duplicate = environment(async () => 'again')({ id: 'a' }, context);
      await expect(duplicate).rejects.toThrow('already an execution in progress');
    }
    succeed('done');
    expect(await first).toBe('done');
    expect(await environment(async () => 'again')({ id: 'a' }, context)).toBe('done');
  });

  it('lets another one work when the first has crashed and its time is over', async () => {
    const { clock, environment } = setUp();
    const crashed = underWay();
    environment(crashed.work)({ id: 'a' }, context).catch(() => undefined);
    await turn();
    const second = environment(async () => 'second');
    clock.advance(timeoutMs - 1_000);
    await expect(second({ id: 'a' }, context)).rejects.toThrow('already an execution in progress');
    clock.advance(2_000);
    expect(await second({ id: 'a' }, context)).toBe('second');
  });

  it('lets a zombie neither complete nor give back what another one holds', async () => {
    for (const end of ['succeed', 'fail'] as const) {
      const { clock, environment } = setUp();
      const [zombie, holder] = [underWay(), underWay()];
      const late = environment(zombie.work)({ id: 'a' }, context);
      await turn();
      clock.advance(timeoutMs + 1_000);
      const held = environment(holder.work)({ id: 'a' }, context);
      await turn();
      if (end === 'succeed') zombie.succeed('zombie');
      else zombie.fail(new Error('zombie'));
      await expect(late).rejects.toBeInstanceOf(Error);
      const third = environment(async () => 'third')({ id: 'a' }, context);
      await expect(third).rejects.toThrow('already an execution in progress');
      holder.succeed('holder');
      expect(await held).toBe('holder');
      expect(await environment(async () => 'again')({ id: 'a' }, context)).toBe('holder');
    }
  });

  it('forgets the response when its time is over', async () => {
    const { clock, environment } = setUp();
    await environment(async () => 'first')({ id: 'a' }, context);
    clock.advance(59_999);
    expect(await environment(async () => 'second')({ id: 'a' }, context)).toBe('first');
    clock.advance(1);
    expect(await environment(async () => 'second')({ id: 'a' }, context)).toBe('second');
  });

  it('refuses the same key with another content where contents are compared', async () => {
    const { environment } = setUp();
    const options = { payloadValidationJmesPath: 'amount' };
    const run = () => environment(async () => 'done', options);
    await run()({ id: 'a', amount: 1 }, context);
    expect(await run()({ id: 'a', amount: 1 }, context)).toBe('done');
    await expect(run()({ id: 'a', amount: 2 }, context)).rejects.toThrow('Payload does not match');
  });

  it('does no work while the store cannot be reached', async () => {
    const { environment, store } = setUp();
    const acquire = async () => {
      throw new Error('away');
    };
    let executions = 0;
    const run = environment(
      async () => {
        executions += 1;
      },
      { store: { ...store, acquire } },
    );
    await expect(run({ id: 'a' }, context)).rejects.toMatchObject({ cause: { message: 'away' } });
    expect(executions).toBe(0);
  });
});
