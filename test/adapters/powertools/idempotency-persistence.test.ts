import { createRequire } from 'node:module';
import type * as Powertools from '@aws-lambda-powertools/idempotency';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { Functions } from '@aws-lambda-powertools/jmespath/functions';
import middy from '@middy/core';
import { describe, expect, it, vi } from 'vitest';
import {
  createMemoryCommandRecords,
  createMemoryDatabase,
  createMemoryIdempotencyStore,
  createMemoryLogger,
} from '../../../src/adapters/memory/index.ts';
import {
  StorePersistenceLayer,
  TransactionalPersistenceLayer,
} from '../../../src/adapters/powertools/index.ts';
import { systemIds } from '../../../src/adapters/system/index.ts';
import { InvalidInput, type Once, Unavailable } from '../../../src/domain/kernel/index.ts';
import { idempotentFunctionContract } from '../../contracts/idempotent-function.ts';
import { transactionalFunctionContract } from '../../contracts/transactional-function.ts';
import { memoryCounters } from '../../support/counter.ts';
import { asLambda, lambdaContext } from '../../support/lambda.ts';
import { memoryService } from '../../support/memory-service.ts';
import { manualClock } from '../../support/runtime-ports.ts';

idempotentFunctionContract('memory', async () => {
  const clock = manualClock();
  const store = createMemoryIdempotencyStore({ clock, ids: systemIds });
  return { store, other: store, advance: async (ms) => clock.advance(ms) };
});

transactionalFunctionContract('memory', async () => {
  const { database, unitOfWork } = memoryService(manualClock(Date.now()));
  const side = {
    records: createMemoryCommandRecords(database),
    unitOfWork: unitOfWork(memoryCounters),
  };
  return {
    ...side,
    other: side,
    value: async (name) => database.begin().get<number>('counters', name),
  };
});

type Request = { readonly id: string };

const timeoutMs = 30_000;
const context = lambdaContext('request-1', timeoutMs);

const setUp = (configuration: object = {}) => {
  const clock = manualClock();
  const store = createMemoryIdempotencyStore({ clock, ids: systemIds });
  const options = {
    persistenceStore: new StorePersistenceLayer(store),
    keyPrefix: 'work',
    config: new IdempotencyConfig({
      eventKeyJmesPath: 'id',
      payloadValidationJmesPath: 'id',
      expiresAfterSeconds: 60,
      throwOnNoIdempotencyKey: true,
      hashFunction: 'sha256',
      ...configuration,
    }),
  };
  const process = <Result>(work: (request: Request) => Promise<Result>) => {
    const run = makeIdempotent((request: Request, _context: unknown) => work(request), {
      ...options,
      persistenceStore: new StorePersistenceLayer(store),
    });
    return (request: Request): Promise<Result> => run(request, context);
  };
  return { clock, store, options, process };
};

/** Functions that a path of JMESPath may use. */
class OwnFunctions extends Functions {}

const quiet = createMemoryLogger();

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a lease around a function', () => {
  it('lasts as long as the function may run', async () => {
    const { clock, process } = setUp();
    const { promise } = Promise.withResolvers<string>();
    const crashed = process(() => promise);
    crashed({ id: 'a' }).catch(() => undefined);
    await turn();
    const second = process(async () => 'second');
    clock.advance(timeoutMs - 1_000);
    await expect(second({ id: 'a' })).rejects.toThrow('already an execution in progress');
    clock.advance(2_000);
    expect(await second({ id: 'a' })).toBe('second');
  });

  it('lasts as long as Lambda lets a function run where nobody says how long it may', async () => {
    const { clock, options } = setUp();
    const { promise } = Promise.withResolvers<string>();
    const runs = [() => promise, async () => 'second'];
    const run = makeIdempotent(async (_request: Request) => runs.shift()?.(), options);
    run({ id: 'a' }).catch(() => undefined);
    await turn();
    clock.advance(899_000);
    await expect(run({ id: 'a' })).rejects.toThrow('already an execution in progress');
    clock.advance(1_000);
    expect(await run({ id: 'a' })).toBe('second');
  });

  it('leaves a response that is replayed for the time that was asked for', async () => {
    const { clock, process } = setUp();
    await process(async () => 'first')({ id: 'a' });
    clock.advance(59_999);
    expect(await process(async () => 'second')({ id: 'a' })).toBe('first');
    clock.advance(1);
    expect(await process(async () => 'second')({ id: 'a' })).toBe('second');
  });

  it.each([-1, 1])(
    'ends by the clock of the store, though that of a process is %i years off',
    async (years) => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + years * 365 * 86_400_000 });
      try {
        const { clock, process } = setUp();
        const { promise, resolve } = Promise.withResolvers<string>();
        const first = process(() => promise)({ id: 'a' });
        await turn();
        clock.advance(timeoutMs - 1);
        const second = process(async () => 'second');
        await expect(second({ id: 'a' })).rejects.toThrow('already an execution in progress');
        resolve('first');
        expect(await first).toBe('first');
        clock.advance(59_999);
        expect(await second({ id: 'a' })).toBe('first');
        clock.advance(1);
        expect(await second({ id: 'a' })).toBe('second');
      } finally {
        vi.useRealTimers();
      }
    },
  );

  it('replays an answer of undefined', async () => {
    const { process } = setUp();
    await process(async () => undefined)({ id: 'a' });
    expect(await process(async () => 'again')({ id: 'a' })).toBeUndefined();
  });

  it('observes Powertools once, however many layers there are', async () => {
    const { store, process } = setUp();
    for (let layers = 0; layers < 20_000; layers += 1) new StorePersistenceLayer(store);
    expect(await process(async () => 'done')({ id: 'a' })).toBe('done');
  });

  it('does not do work again for another copy of Powertools, which it cannot observe', async () => {
    const require = createRequire(import.meta.url);
    const copy = require('@aws-lambda-powertools/idempotency') as typeof Powertools;
    const { makeHandlerIdempotent: middleware } =
      require('@aws-lambda-powertools/idempotency/middleware') as {
        makeHandlerIdempotent: typeof makeHandlerIdempotent;
      };
    expect(copy.makeIdempotent).not.toBe(makeIdempotent);
    for (const response of [undefined, null]) {
      const { options } = setUp();
      let runs = 0;
      const work = async (_request: Request): Promise<unknown> => {
        runs += 1;
        return response;
      };
      const handle = asLambda(
        middy(work as never, { timeoutEarlyInMillis: 0 }).use(middleware(options)),
      );
      const wrapped = copy.makeIdempotent(work, options);
      expect(await handle({ id: 'a' }, context)).toBe(response);
      for (const replay of [() => handle({ id: 'a' }, context), () => wrapped({ id: 'a' })]) {
        if (response === null) expect(await replay()).toBeNull();
        else await expect(replay()).rejects.toMatchObject({ name: 'ResponseNotReplayableError' });
      }
      expect(runs).toBe(1);
    }
  });

  it('keeps work done whose response the store refuses, and says so', async () => {
    const { options, store } = setUp();
    const logger = createMemoryLogger();
    let runs = 0;
    const complete: typeof store.complete = async (completion) => {
      if (completion.response === '"refused"') throw new InvalidInput('no');
      return store.complete(completion);
    };
    const persistenceStore = new StorePersistenceLayer({ ...store, complete }, { logger });
    const run = makeIdempotent(
      async (_request: Request) => {
        runs += 1;
        return 'refused';
      },
      { ...options, persistenceStore },
    );
    expect(await run({ id: 'a' })).toBe('refused');
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    await expect(run({ id: 'a' })).rejects.toMatchObject({ name: 'ResponseNotReplayableError' });
    expect(runs).toBe(1);
  });

  it('says that work may be done whose response the store cannot take now', async () => {
    const { options, store } = setUp();
    const logger = createMemoryLogger();
    const complete = async () => {
      throw new Unavailable('away');
    };
    const persistenceStore = new StorePersistenceLayer({ ...store, complete }, { logger });
    const run = makeIdempotent(async (_request: Request) => 'done', {
      ...options,
      persistenceStore,
    });
    await expect(run({ id: 'a' })).rejects.toMatchObject({ cause: { message: 'away' } });
    expect(logger.lines).toEqual([]);
  });

  it('is given back by a failure, also for the same object sent again', async () => {
    const { options } = setUp();
    const request = { id: 'a' };
    let runs = 0;
    const run = makeIdempotent(async (_request: Request) => {
      runs += 1;
      if (runs < 3) throw new Error('no');
      return runs;
    }, options);
    for (const _ of [1, 2]) await expect(run(request)).rejects.toThrow('no');
    expect(await run(request)).toBe(3);
    expect(await run(request)).toBe(3);
  });

  it('is given back by the failure of its owner after another one was turned away', async () => {
    const { options } = setUp();
    const { promise, reject } = Promise.withResolvers<string>();
    const works = [() => promise, async () => 'second'];
    const handler = middy((async () => works.shift()?.()) as never, { timeoutEarlyInMillis: 0 });
    const handle = asLambda(handler.use(makeHandlerIdempotent(options)));
    const request = { id: 'a' };
    const first = handle(request, context);
    await turn();
    await expect(handle(request, context)).rejects.toThrow('already an execution in progress');
    reject(new Error('no'));
    await expect(first).rejects.toThrow('no');
    expect(await handle(request, context)).toBe('second');
  });

  it('can be looked up by the request', async () => {
    const { options } = setUp();
    const { persistenceStore } = options;
    const run = makeIdempotent(async (_request: Request) => 'done', options);
    await run({ id: 'a' });
    expect((await persistenceStore.getRecord({ id: 'a' })).getResponse()).toBe('done');
    const unknown = { name: 'IdempotencyItemNotFoundError' };
    await expect(persistenceStore.getRecord({ id: 'b' })).rejects.toMatchObject(unknown);
  });

  it('fails when the store refuses even that a response is lost', async () => {
    const { options, store } = setUp();
    const logger = createMemoryLogger();
    const responses: string[] = [];
    const complete: typeof store.complete = async ({ response }) => {
      responses.push(response);
      throw new InvalidInput('no');
    };
    const persistenceStore = new StorePersistenceLayer({ ...store, complete }, { logger });
    const run = makeIdempotent(async (_request: Request) => 1n as never, {
      ...options,
      persistenceStore,
    });
    await expect(run({ id: 'a' })).rejects.toMatchObject({ cause: { kind: 'InvalidInput' } });
    expect(responses).toEqual(['unreplayable $ is a bigint']);
    expect(logger.lines).toHaveLength(1);
  });

  it('is given up when the response comes after another one has taken the key', async () => {
    const { clock, process } = setUp();
    const { promise, resolve } = Promise.withResolvers<string>();
    const late = process(() => promise)({ id: 'a' });
    await turn();
    clock.advance(timeoutMs);
    expect(await process(async () => 'second')({ id: 'a' })).toBe('second');
    resolve('first');
    await expect(late).rejects.toMatchObject({ cause: { kind: 'Unavailable' } });
  });

  it.each([
    [{ statusCode: 499 }, 1],
    [{ statusCode: 500 }, 2],
    [{ statusCode: 503 }, 2],
    [{ statusCode: '500' }, 1],
    [{ status: 500 }, 1],
    [null, 1],
  ])('is kept or given back after the answer %j: runs %i of two', async (response, runs) => {
    const { process } = setUp();
    let ran = 0;
    const run = process(async () => {
      ran += 1;
      return response;
    });
    for (const _ of [1, 2]) expect(await run({ id: 'a' })).toEqual(response);
    expect(ran).toBe(runs);
  });

  it.each(['isFailure', 'logger'])('keeps work done where the %s throws', async (what) => {
    const { options, store } = setUp();
    const throwing = (): never => {
      throw new Error('no');
    };
    let runs = 0;
    const run = makeIdempotent(
      async (_request: Request) => {
        runs += 1;
        return 1n as never;
      },
      {
        ...options,
        persistenceStore: new StorePersistenceLayer(
          store,
          what === 'logger'
            ? { logger: { warn: throwing } }
            : { isFailure: throwing, logger: quiet },
        ),
      },
    );
    expect(await run({ id: 'a' })).toBe(1n);
    await expect(run({ id: 'a' })).rejects.toMatchObject({ name: 'ResponseNotReplayableError' });
    expect(runs).toBe(1);
  });

  it('tells the console of a response that cannot be replayed, without its values', async () => {
    const { process } = setUp();
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      await process(async () => ({ secret: 424_242n }))({ id: 'a' });
      const [[line]] = warn.mock.calls as [[string]];
      expect(JSON.parse(line)).toEqual({
        message: 'The work is done, but its response cannot be replayed',
        operation: 'work',
        key: expect.stringMatching(/^work#/),
        reason: '$.secret is a bigint',
      });
      expect(line).not.toContain('424242');
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('lets the function say itself which responses are failures', async () => {
    const { options, store } = setUp();
    let runs = 0;
    const run = makeIdempotent(
      async (_request: Request) => {
        runs += 1;
        return { ok: runs > 1 };
      },
      {
        ...options,
        persistenceStore: new StorePersistenceLayer(store, {
          isFailure: (response) => (response as { ok: boolean }).ok === false,
        }),
      },
    );
    expect(await run({ id: 'a' })).toEqual({ ok: false });
    expect(await run({ id: 'a' })).toEqual({ ok: true });
    expect(await run({ id: 'a' })).toEqual({ ok: true });
    expect(runs).toBe(2);
  });

  it('is taken for a text too, of which one is worked on at a time', async () => {
    const { options } = setUp({ eventKeyJmesPath: '' });
    let runs = 0;
    const run = makeIdempotent(
      async (_customer: string) => {
        runs += 1;
        await turn();
        if (runs === 1) throw new Error('no');
        return runs;
      },
      { ...options, dataIndexArgument: 0 },
    );
    const [first, second] = await Promise.allSettled([run('c-1'), run('c-1')]);
    expect([first?.status, second?.status]).toEqual(['rejected', 'rejected']);
    expect(runs).toBe(1);
    expect(await run('c-2')).toBe(2);
    // Whose failure it was is not to be told, so the key is kept rather than given away.
    await expect(run('c-1')).rejects.toThrow('already an execution in progress');
  });

  it('does no work while the store cannot be reached, and works when it can', async () => {
    const { options, store } = setUp();
    let away = true;
    const acquire: typeof store.acquire = async (request) => {
      if (away) throw new Error('away');
      return store.acquire(request);
    };
    const run = makeIdempotent(async (_request: Request) => 'done', {
      ...options,
      persistenceStore: new StorePersistenceLayer({ ...store, acquire }),
    });
    const request = { id: 'a' };
    await expect(run(request)).rejects.toMatchObject({ cause: { message: 'away' } });
    away = false;
    expect(await run(request)).toBe('done');
  });
});

describe('a look at the record of a transactional function', () => {
  const lookedFor = async (
    run: (idempotent: (request: Request, context?: unknown) => Promise<string>) => Promise<unknown>,
  ) => {
    const looks: [Once, number][] = [];
    const layer = new TransactionalPersistenceLayer({
      find: async (once, deadline) => {
        looks.push([once, deadline - Date.now()]);
        return { status: 'replayed', result: 'known' };
      },
    });
    const { keyPrefix, config } = setUp().options;
    const work = async (_request: Request, _context?: unknown) => 'ran';
    await run(makeIdempotent(work, { persistenceStore: layer, keyPrefix, config }));
    return looks;
  };

  it('is under the key of the operation, with the content as fingerprint', async () => {
    const [first, second] = await lookedFor(async (run) => {
      expect(await run({ id: 'a' })).toBe('known');
      await run({ id: 'b' });
    });
    expect(first?.[0]).toMatchObject({ kind: 'command', key: expect.stringMatching(/^work#/) });
    expect(first?.[0]).toMatchObject({ fingerprint: expect.stringMatching(/^[0-9a-f]{64}$|=$/) });
    expect(second?.[0]).not.toEqual(first?.[0]);
  });

  it('has the time of the function, or ten seconds where nobody says how long that is', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const looks = await lookedFor(async (run) => {
        await run({ id: 'a' });
        await run({ id: 'a' }, context);
      });
      expect(looks.map(([, ms]) => ms)).toEqual([10_000, timeoutMs]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the configuration of an idempotent function', () => {
  const layers = {
    lease: () => setUp().options.persistenceStore,
    transaction: () =>
      new TransactionalPersistenceLayer(createMemoryCommandRecords(createMemoryDatabase())),
  };
  const work = async (_request: Request) => 'done';

  for (const [name, layer] of Object.entries(layers)) {
    const wrong = [
      { how: 'without a key prefix', keyPrefix: undefined, message: 'Give a keyPrefix' },
      { how: 'with an empty key prefix', keyPrefix: ' ', message: 'Give a keyPrefix' },
      {
        how: 'that lets a key be absent',
        config: { throwOnNoIdempotencyKey: false },
        message: 'executed every time',
      },
      {
        how: 'that compares nothing but a part',
        config: { payloadValidationJmesPath: undefined },
        message: 'Set payloadValidationJmesPath',
      },
      {
        how: 'with a cache of its own',
        config: { useLocalCache: true },
        message: 'Set useLocalCache to false',
      },
      ...["'amount'", "[id, 'amount']", '{what: `5`}'].map((payloadValidationJmesPath) => ({
        how: `that compares ${payloadValidationJmesPath}, a text and no field`,
        config: { payloadValidationJmesPath },
        message: 'out of payloadValidationJmesPath',
      })),
      {
        how: 'whose key is a text and no field',
        config: { eventKeyJmesPath: "'id'" },
        message: 'Set eventKeyJmesPath',
      },
      ...[
        undefined,
        'md5',
        'MD5',
        'sha1',
        'RSA-MD5',
        'ripemd160',
        'md5-sha1',
        'sha224',
        'sha512-224',
        'sha3-224',
        'shake128',
        'crc32',
        'none',
        '',
      ].map((hashFunction) => ({
        how: `with the hash ${hashFunction ?? "that is Powertools' own"}`,
        config: { hashFunction },
        message: "Set hashFunction to 'sha256'",
      })),
      ...[0, -1, 1, 59, 60.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER].map(
        (expiresAfterSeconds) => ({
          how: `that keeps records for ${expiresAfterSeconds} seconds`,
          config: { expiresAfterSeconds },
          message: 'Set expiresAfterSeconds',
        }),
      ),
    ];
    it.each(wrong)(`is refused by the layer of a ${name} $how`, async ({ message, ...changes }) => {
      const { config, ...options } = setUp(changes.config ?? {}).options;
      const { keyPrefix } = { ...options, ...changes };
      const refused = {
        persistenceStore: layer(),
        config,
        ...(keyPrefix === undefined ? {} : { keyPrefix }),
      };
      expect(() => makeIdempotent(work, refused)({ id: 'a' })).toThrow(message);
      const handler = middy(work as never).use(makeHandlerIdempotent(refused));
      await expect(asLambda(handler)({ id: 'a' }, context)).rejects.toThrow(message);
    });
  }

  it('may compare anything where the key is the whole request', async () => {
    const { options } = setUp({ eventKeyJmesPath: '', payloadValidationJmesPath: "'v1'" });
    const run = makeIdempotent(work, options);
    for (const _ of [1, 2]) expect(await run({ id: 'a' })).toBe('done');
  });

  it.each([
    ...['sha256', 'SHA256', 'sha384', 'sha512', 'sha512-256'],
    ...['sha3-256', 'sha3-384', 'sha3-512', 'blake2b512', 'blake2s256'],
  ])('may name the hash %s', async (hashFunction) => {
    const { options } = setUp({ hashFunction });
    const run = makeIdempotent(work, options);
    for (const _ of [1, 2]) expect(await run({ id: 'a' })).toBe('done');
  });

  it.each([60, 3_153_600_000])('may keep records for %i seconds', async (expiresAfterSeconds) => {
    const { options } = setUp({ expiresAfterSeconds });
    expect(await makeIdempotent(work, options)({ id: 'a' })).toBe('done');
  });

  it('may not keep records for a second more than a hundred years', () => {
    const { options } = setUp({ expiresAfterSeconds: 3_153_600_001 });
    expect(() => makeIdempotent(work, options)({ id: 'a' })).toThrow('Set expiresAfterSeconds');
  });

  it.each([
    ['another key prefix', { keyPrefix: 'other' }],
    ['another key', { config: setUp({ eventKeyJmesPath: 'other' }).options.config }],
    ['another time', { config: setUp({ expiresAfterSeconds: 61 }).options.config }],
    ['another hash', { config: setUp({ hashFunction: 'sha512' }).options.config }],
    [
      'functions of its own',
      {
        config: setUp({ jmesPathOptions: { customFunctions: new OwnFunctions() } }).options.config,
      },
    ],
    [
      'another comparison',
      { config: setUp({ payloadValidationJmesPath: 'other' }).options.config },
    ],
  ])('is refused where a layer is shared by operations: %s', async (_, changes) => {
    const { options } = setUp();
    expect(await makeIdempotent(work, options)({ id: 'a' })).toBe('done');
    const run = makeIdempotent(work, { ...options, ...changes });
    expect(() => run({ id: 'b' })).toThrow('Give each idempotent operation a persistence layer');
  });
});
