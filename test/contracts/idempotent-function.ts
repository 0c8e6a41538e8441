import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLogger } from '../../src/adapters/memory/index.ts';
import { StorePersistenceLayer } from '../../src/adapters/powertools/index.ts';
import {
  type IdempotencyStore,
  InvalidInput,
  responseBytesMax,
} from '../../src/domain/kernel/index.ts';
import {
  type ApiResponse,
  answerIdempotencyErrors,
  createApiHandler,
} from '../../src/handlers/runtime/index.ts';
import { asLambda, handlerParts, httpRequest, lambdaContext } from '../support/lambda.ts';

export type IdempotentFunctionSubject = {
  readonly store: IdempotencyStore;
  /** The same records, as the other Region sees them. */
  readonly other: IdempotencyStore;
  /** Lets time pass by the clock of the records, in milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
};

/** The time that a function has, and its lease with it, in milliseconds. */
const functionMs = 30_000;

type Request = { id: string; amount?: number; note?: string };
type Work = (request: Request) => Promise<unknown>;
type Options = {
  readonly validating?: boolean;
  /** Used before the idempotency's own, so what it does after the handler comes later. */
  readonly middleware?: MiddlewareObj;
  /** Changes to the configuration. */
  readonly config?: object;
};

/** How an idempotent function is called; `remainingMs` is its lease. */
type Invoke = (request: Request, remainingMs?: number) => Promise<unknown>;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work that is under way until it is told how to end. */
const underWay = () => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const begun = Promise.withResolvers<void>();
  const work = () => {
    begun.resolve();
    return promise;
  };
  return { work, begun: begun.promise, succeed: resolve, fail: reject };
};

const throwing = (): never => {
  throw new Error('no');
};

class Hidden {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  double(): number {
    return this.#cents * 2;
  }
}

const circle = (): unknown => {
  const value: Record<string, unknown> = { list: [] };
  (value['list'] as unknown[]).push(value);
  return value;
};

/** Responses that JSON changes, and that a replay gives back all the same. */
const restored: readonly (readonly [what: string, response: unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['minus zero', -0],
  ['what is undefined inside', { note: undefined, rows: [undefined, { at: undefined }] }],
  ['a key named __proto__', JSON.parse('{"__proto__":{"a":1}}')],
  ['half a surrogate pair', ['\ud800']],
  ['as much as a column of DSQL holds', 'x'.repeat(responseBytesMax - 2)],
];

/** Responses that a replay cannot give back. */
const lost: readonly (readonly [what: string, create: () => unknown])[] = [
  ['a bigint', () => 5n],
  ['a bigint inside', () => [{ numUpdatedRows: 5n }]],
  ['a circle', circle],
  ['a Map', () => new Map([['a', 1]])],
  ['a Set inside', () => ({ all: new Set([1]) })],
  ['NaN', () => Number.NaN],
  ['infinity inside', () => ({ ratio: Number.POSITIVE_INFINITY })],
  ['a Date', () => ({ at: new Date(0) })],
  ['bytes', () => Buffer.from('a')],
  ['a function', () => ({ undo: () => 1 })],
  ['a symbol as a key', () => ({ [Symbol('a')]: 1 })],
  ['a hole', () => new Array(2)],
  ['a toJSON that throws', () => ({ toJSON: throwing })],
  [
    'a getter that throws',
    () => Object.defineProperty({}, 'statusCode', { enumerable: true, get: throwing }),
  ],
  ['a proxy that throws', () => new Proxy({}, { ownKeys: throwing })],
  ['more than a column of DSQL holds', () => 'é'.repeat(responseBytesMax / 2)],
];

const inProgress = { name: 'IdempotencyAlreadyInProgressError' };
const mismatch = { name: 'IdempotencyValidationError' };

/**
 * The contract of Powertools' utility over a store of ours, in both of its forms: among it the
 * double executions that its own layers allow (powertools-lambda-typescript 3425, 5675, 5705 and
 * 5715).
 */
export const idempotentFunctionContract = (
  name: string,
  createSubject: () => Promise<IdempotentFunctionSubject>,
): void => {
  describe(`idempotent functions: ${name}`, () => {
    let subject: IdempotentFunctionSubject;
    let keyPrefix: string;
    let logger: ReturnType<typeof createMemoryLogger>;
    const id = 'a';

    beforeEach(async () => {
      subject = await createSubject();
      keyPrefix = `test.${crypto.randomUUID()}`;
      logger = createMemoryLogger();
    });

    const optionsOf = (store: IdempotencyStore, validating: boolean, changes: object = {}) => ({
      persistenceStore: new StorePersistenceLayer(store, { logger }),
      keyPrefix,
      config: new IdempotencyConfig({
        eventKeyJmesPath: 'id',
        expiresAfterSeconds: 60,
        throwOnNoIdempotencyKey: true,
        hashFunction: 'sha256',
        payloadValidationJmesPath: validating ? 'amount' : 'id',
        ...changes,
      }),
    });

    /** One process that runs the function, with one layer for all of its invocations. */
    type Form = (work: Work, options?: Options, store?: IdempotencyStore) => Invoke;
    const middleware: Form = (
      work,
      { validating = false, middleware: other, config } = {},
      store,
    ) => {
      const handler = middy(work as never, { timeoutEarlyInMillis: 0 });
      if (other) handler.use(other);
      handler.use(makeHandlerIdempotent(optionsOf(store ?? subject.store, validating, config)));
      return (request, ms) => asLambda(handler)(request, lambdaContext('r', ms));
    };
    const wrapper: Form = (work, { validating = false, config } = {}, store) => {
      const idempotent = makeIdempotent(
        (request: Request, _context: unknown) => work(request),
        optionsOf(store ?? subject.store, validating, config),
      );
      return (request, ms) => idempotent(request, lambdaContext('r', ms));
    };

    const counting = (
      answer: (request: Request, run: number) => unknown = (_, run) => ({ run }),
    ) => {
      let runs = 0;
      const work: Work = async (request) => {
        runs += 1;
        await turn();
        return answer(request, runs);
      };
      return { work, runs: () => runs };
    };

    /**
     * A caller that comes during the first run is told so. A caller that comes later gets the
     * answer of that run.
     */
    const expectOneRun = (results: readonly PromiseSettledResult<unknown>[]): void => {
      for (const result of results) {
        if (result.status === 'fulfilled') expect(result.value).toEqual({ run: 1 });
        else expect(result.reason).toMatchObject(inProgress);
      }
      expect(results.map(({ status }) => status)).toContain('fulfilled');
    };

    for (const [form, process] of [
      ['middleware', middleware],
      ['wrapper', wrapper],
    ] as const) {
      describe(`as a ${form}`, () => {
        it('executes once when duplicates overlap, also after one of them was turned away', async () => {
          const { work, begun, succeed } = underWay();
          const { work: again, runs } = counting();
          const first = process(work)({ id });
          await begun;
          for (const _ of [1, 2]) {
            await expect(process(again)({ id })).rejects.toMatchObject(inProgress);
          }
          succeed('done');
          expect(await first).toBe('done');
          expect(await process(again)({ id })).toBe('done');
          expect(runs()).toBe(0);
        });

        it('executes once when duplicates overlap in one process that has one layer', async () => {
          const { work, runs } = counting();
          const run = process(work);
          expectOneRun(await Promise.allSettled([1, 2, 3].map(() => run({ id }))));
          expect(await run({ id })).toEqual({ run: 1 });
          expect(runs()).toBe(1);
        });

        it('executes once when one object is given to several at once', async () => {
          const { work, runs } = counting();
          const run = process(work);
          const request = { id };
          expectOneRun(await Promise.allSettled([1, 2, 3].map(() => run(request))));
          expect(await run(request)).toEqual({ run: 1 });
          expect(runs()).toBe(1);
        });

        it('works on different requests at once with one layer', async () => {
          const run = process(counting(({ id: one }) => one).work);
          const ids = ['a', 'b', 'c', 'd'];
          expect(await Promise.all(ids.map((one) => run({ id: one })))).toEqual(ids);
        });

        it('keeps the response when a request with another content comes, and refuses that', async () => {
          const { work, runs } = counting();
          const run = process(work, { validating: true });
          await run({ id, amount: 1 });
          await expect(run({ id, amount: 2 })).rejects.toMatchObject(mismatch);
          expect(await run({ id, amount: 1 })).toEqual({ run: 1 });
          expect(runs()).toBe(1);
        });

        it('replays every time where contents are compared', async () => {
          const { work, runs } = counting();
          for (const _ of [1, 2, 3]) {
            expect(await process(work, { validating: true })({ id, amount: 1 })).toEqual({
              run: 1,
            });
          }
          expect(runs()).toBe(1);
        });

        it('tells a duplicate in flight from one with another content', async () => {
          const { work, begun, succeed } = underWay();
          const first = process(work, { validating: true })({ id, amount: 1 });
          await begun;
          const other = process(work, { validating: true });
          await expect(other({ id, amount: 1 })).rejects.toMatchObject(inProgress);
          await expect(other({ id, amount: 2 })).rejects.toMatchObject(mismatch);
          succeed('done');
          expect(await first).toBe('done');
        });

        it('keeps the response under the key of the request although the function changes that', async () => {
          const { work, runs } = counting((request, run) => {
            request.id = 'changed';
            delete request.amount;
            return { run };
          });
          const run = process(work, { validating: true });
          await run({ id, amount: 1 });
          expect(await run({ id, amount: 1 })).toEqual({ run: 1 });
          expect(runs()).toBe(1);
        });

        it('gives back the key of the request although the function has changed that and failed', async () => {
          const { work, runs } = counting((request, run) => {
            request.id = '';
            if (run === 1) throw new Error('no');
            return { run };
          });
          const run = process(work);
          await expect(run({ id })).rejects.toThrow('no');
          expect(await run({ id })).toEqual({ run: 2 });
          expect(runs()).toBe(2);
        });

        it('answers a server error that is returned, and does not keep it', async () => {
          const { work } = counting((_, run) => ({ statusCode: run === 1 ? 500 : 404 }));
          const run = process(work);
          expect(await run({ id })).toEqual({ statusCode: 500 });
          expect(await run({ id })).toEqual({ statusCode: 404 });
          expect(await run({ id })).toEqual({ statusCode: 404 });
        });

        it('executes again when the function has thrown', async () => {
          const { work } = counting((_, run) => {
            if (run === 1) throw new Error('no');
            return { run };
          });
          const run = process(work);
          await expect(run({ id })).rejects.toThrow('no');
          expect(await run({ id })).toEqual({ run: 2 });
        });

        it.each(['succeeds', 'fails'])(
          'lets nobody undo what another one holds who %s after its time, in the same process',
          async (end) => {
            const [zombie, holder] = [underWay(), underWay()];
            const works = [zombie.work, holder.work, async () => 'third'];
            const run = process(async () => works.shift()?.());
            const late = run({ id }, functionMs);
            await zombie.begun;
            await subject.advance(functionMs);
            const held = run({ id });
            await holder.begun;
            if (end === 'succeeds') zombie.succeed('zombie');
            else zombie.fail(new Error('zombie'));
            await expect(late).rejects.toBeInstanceOf(Error);
            await expect(run({ id })).rejects.toMatchObject(inProgress);
            holder.succeed('holder');
            expect(await held).toBe('holder');
            expect(await run({ id })).toBe('holder');
          },
        );

        it('replays in the other Region, where the function has another name', async () => {
          const { work, runs } = counting();
          const name = 'AWS_LAMBDA_FUNCTION_NAME';
          const before = globalThis.process.env[name];
          try {
            globalThis.process.env[name] = 'work-in-the-east';
            const here = process(work);
            globalThis.process.env[name] = 'work-in-the-west';
            const there = process(work, {}, subject.other);
            expect(await here({ id })).toEqual({ run: 1 });
            expect(await there({ id })).toEqual({ run: 1 });
          } finally {
            if (before === undefined) delete globalThis.process.env[name];
            else globalThis.process.env[name] = before;
          }
          expect(runs()).toBe(1);
        });

        it('keeps operations apart whose requests have the same key', async () => {
          const { work } = counting();
          expect(await process(work)({ id })).toEqual({ run: 1 });
          keyPrefix = `${keyPrefix}.other`;
          expect(await process(work)({ id })).toEqual({ run: 2 });
        });

        it.each(restored)('replays %s exactly, in either Region', async (_, response) => {
          const { work, runs } = counting(() => response);
          for (const store of [subject.store, subject.store, subject.other]) {
            expect(await process(work, {}, store)({ id })).toStrictEqual(response);
          }
          expect(runs()).toBe(1);
          expect(logger.lines).toEqual([]);
        });

        it.each(lost)('does the work once that answers %s, and says so', async (_, create) => {
          const response = create();
          const { work, runs } = counting(() => response);
          const first = await process(work, { validating: true })({ id, amount: 1 });
          expect(Object.is(first, response)).toBe(true);
          expect(logger.lines).toMatchObject([
            { level: 'warn', fields: { operation: keyPrefix, reason: expect.any(String) } },
          ]);
          for (const store of [subject.store, subject.other]) {
            const again = process(work, { validating: true }, store);
            await expect(again({ id, amount: 1 })).rejects.toMatchObject({
              name: 'ResponseNotReplayableError',
              reason: logger.lines[0]?.fields?.['reason'],
            });
            await expect(again({ id, amount: 2 })).rejects.toMatchObject(mismatch);
          }
          expect(runs()).toBe(1);
          expect(logger.lines).toHaveLength(1);
        });

        it('does work once that answers what is lost, also when its lease has ended', async () => {
          const { work, runs } = counting(() => ({ numUpdatedRows: 1n }));
          await process(work)({ id }, functionMs);
          await subject.advance(functionMs);
          const name = 'ResponseNotReplayableError';
          await expect(process(work)({ id })).rejects.toMatchObject({ name });
          expect(runs()).toBe(1);
        });

        it.each([
          ['amonut', 'payloadValidationJmesPath selects nothing in this request at amonut:'],
          ['[id, amonut]', 'at amonut in [id, amonut]:'],
          ['{what: amonut, who: id}', 'at amonut in {what: amonut, who: id}:'],
          ['[id, to_string(amonut)]', "such as to_string(amonut) || 'none'"],
          [' note ', 'at note:'],
        ])('refuses a request in which %s selects nothing', async (path, missing) => {
          const { work, runs } = counting();
          const run = process(work, { config: { payloadValidationJmesPath: path } });
          for (const amount of [5, 500]) {
            await expect(run({ id, amount })).rejects.toMatchObject({
              cause: { kind: 'InvalidInput', message: expect.stringContaining(missing) },
            });
          }
          expect(runs()).toBe(0);
        });

        it.each([
          ['a bigint', 5n],
          ['NaN', Number.NaN],
          ['a Map', new Map([['cents', 5]])],
          ['a Set', { parts: new Set([5]) }],
          ['a function', () => 5],
          ['a circle', circle()],
          ['an object that hides its value', new Hidden(5)],
          ['a key named __proto__', JSON.parse('{"__proto__":{"cents":5}}')],
          ['NaN in a typed array', new Float64Array([Number.NaN])],
          ['bigints in a typed array', new BigInt64Array([5n])],
        ])('refuses to compare %s, of which JSON loses the value', async (_, amount) => {
          const { work, runs } = counting();
          const request = { id, amount: amount as number };
          const refused = { cause: { kind: 'InvalidInput' } };
          for (const config of [
            { payloadValidationJmesPath: '[amount]' },
            { eventKeyJmesPath: '' },
          ]) {
            keyPrefix = `${keyPrefix}.other`;
            await expect(process(work, { config })(request)).rejects.toMatchObject(refused);
          }
          expect(runs()).toBe(0);
          // It may be there all the same where nothing is compared with it.
          for (const _ of [1, 2]) expect(await process(work)(request)).toEqual({ run: 1 });
        });

        it('compares dates and instances of classes by their JSON', async () => {
          const { work, runs } = counting();
          const run = process(work, { validating: true });
          class Amount {
            readonly cents: number;
            constructor(cents: number) {
              this.cents = cents;
            }
          }
          for (const [first, other] of [
            [new Date(0), new Date(1)],
            [new Amount(5), new Amount(6)],
            [Buffer.from('5'), Buffer.from('6')],
          ] as unknown as [number, number][]) {
            const one = crypto.randomUUID();
            for (const _ of [1, 2]) await run({ id: one, amount: first });
            await expect(run({ id: one, amount: other })).rejects.toMatchObject(mismatch);
          }
          expect(runs()).toBe(3);
        });

        it('compares parts beside, inside and above of values that JSON loses', async () => {
          const { work, runs } = counting();
          const path = '[lines[*].cents, to, from.name, memo]';
          const run = process(work, { config: { payloadValidationJmesPath: path } });
          const requestOf = (cents: number) => {
            const account = { name: 'ada' };
            const [from, lines] = [{ ...account, key: 1n }, [{ cents, rows: 1n }, { cents: 7 }]];
            return { id, lines, to: account, memo: [account, account], from, again: from };
          };
          for (const _ of [1, 2]) expect(await run(requestOf(5))).toEqual({ run: 1 });
          await expect(run(requestOf(500))).rejects.toMatchObject(mismatch);
          expect(runs()).toBe(1);
        });

        it('compares a part that a request need not have', async () => {
          const { work, runs } = counting();
          const path = "[amount, note || 'none']";
          const run = process(work, { config: { payloadValidationJmesPath: path } });
          for (const _ of [1, 2]) expect(await run({ id, amount: 5 })).toEqual({ run: 1 });
          await expect(run({ id, amount: 5, note: 'x' })).rejects.toMatchObject(mismatch);
          expect(runs()).toBe(1);
        });

        it.each(['[id, requestId]', '[requestId, other]', 'requestId', '{a: id, b: requestId}'])(
          'refuses a request in which a part of the key %s selects nothing',
          async (eventKeyJmesPath) => {
            const { work, runs } = counting();
            await expect(
              process(work, { config: { eventKeyJmesPath } })({ id }),
            ).rejects.toMatchObject({
              cause: { name: 'IdempotencyKeyError' },
            });
            expect(runs()).toBe(0);
          },
        );

        it('executes once although the hook for responses gives back nothing', async () => {
          const { work, runs } = counting();
          const config = { responseHook: () => undefined };
          expect(await process(work, { config })({ id })).toEqual({ run: 1 });
          expect(await process(work, { config })({ id })).toBeUndefined();
          expect(runs()).toBe(1);
        });

        it('refuses a request without a key, and does not work on it', async () => {
          const { work, runs } = counting();
          const run = process(work);
          await expect(run({ id: '' })).rejects.toMatchObject({
            cause: { name: 'IdempotencyKeyError' },
          });
          expect(runs()).toBe(0);
        });
      });
    }

    it.each([
      ['nothing', {}],
      ['an empty path', { payloadValidationJmesPath: ' ' }],
    ])(
      'refuses a key that is a part of the request where %s says what else is compared',
      async (_, compared) => {
        const { work, runs } = counting();
        const config = new IdempotencyConfig({
          eventKeyJmesPath: 'id',
          throwOnNoIdempotencyKey: true,
          hashFunction: 'sha256',
          ...compared,
        });
        const options = {
          persistenceStore: new StorePersistenceLayer(subject.store),
          keyPrefix,
          config,
        };
        const message = 'Set payloadValidationJmesPath';
        const idempotent = makeIdempotent(work, options);
        for (const amount of [5, 500]) {
          expect(() => idempotent({ id, amount })).toThrow(message);
          const handler = middy(work as never).use(makeHandlerIdempotent(options));
          await expect(asLambda(handler)({ id, amount }, lambdaContext())).rejects.toThrow(message);
        }
        expect(runs()).toBe(0);
      },
    );

    it('works on another request where the key is all of it', async () => {
      const { work, runs } = counting();
      const config = new IdempotencyConfig({
        throwOnNoIdempotencyKey: true,
        hashFunction: 'sha256',
      });
      const persistenceStore = new StorePersistenceLayer(subject.store);
      const run = makeIdempotent(work, { persistenceStore, keyPrefix, config });
      expect(await run({ id, amount: 5 })).toEqual({ run: 1 });
      expect(await run({ id, amount: 500 })).toEqual({ run: 2 });
      expect(await run({ amount: 5, id })).toEqual({ run: 1 });
      expect(runs()).toBe(2);
    });

    it('refuses the replay of a durable execution whose key is taken, before the function runs', async () => {
      const { work, begun, succeed } = underWay();
      const { work: again, runs } = counting();
      const durable = (durableExecutionMode: string) => ({
        step: () => undefined,
        lambdaContext: lambdaContext(),
        durableExecutionMode,
      });
      const idempotent = makeIdempotent(
        (request: Request, _context: unknown) => again(request),
        optionsOf(subject.store, false),
      );
      const refused = {
        cause: { kind: 'InvariantViolation', message: expect.stringContaining('step') },
      };
      const first = wrapper(work)({ id });
      await begun;
      await expect(idempotent({ id }, durable('ReplayMode'))).rejects.toMatchObject(refused);
      await expect(idempotent({ id }, durable('ExecutionMode'))).rejects.toMatchObject(inProgress);
      succeed('done');
      expect(await first).toBe('done');
      const modes = ['ReplayMode', 'ExecutionMode', 'ReplayMode'];
      expect(
        await Promise.allSettled(modes.map((mode) => idempotent({ id }, durable(mode)))),
      ).toMatchObject([{ reason: refused }, { value: 'done' }, { reason: refused }]);
      expect(runs()).toBe(0);
      expect(await idempotent({ id: 'free' }, durable('ReplayMode'))).toEqual({ run: 1 });
    });

    it("answers once with a response that is too large to be replayed, inside of the framework's API", async () => {
      const large = 'x'.repeat(responseBytesMax);
      const { work, runs } = counting(() => large);
      const idempotent = makeIdempotent(work, optionsOf(subject.store, true));
      const answer = async (payload: unknown) => ({
        status: 201,
        body: String(await idempotent(payload as Request)),
      });
      const parts = await handlerParts();
      const handler = asLambda<ApiResponse>(createApiHandler({ ...parts, answer }));
      const send = (request: object) =>
        handler(httpRequest(JSON.stringify(request)), lambdaContext());
      expect(await send({ id, amount: 1 })).toMatchObject({
        statusCode: 201,
        body: JSON.stringify(large),
      });
      for (const _ of [1, 2]) {
        const { statusCode, body } = await send({ id, amount: 1 });
        expect([statusCode, JSON.parse(body).error.code]).toEqual([409, 'ResponseNotReplayable']);
      }
      expect(await send({ id })).toMatchObject({ statusCode: 400 });
      expect(runs()).toBe(1);
    });

    it('executes once when other middleware throws after it', async () => {
      const { work, runs } = counting();
      const throwing = {
        after: () => {
          throw new Error('after');
        },
      };
      const failing = middleware(work, { middleware: throwing });
      await expect(failing({ id })).rejects.toThrow('after');
      expect(await middleware(work)({ id })).toEqual({ run: 1 });
      expect(runs()).toBe(1);
    });

    it('tells a duplicate in flight over HTTP to come again, as 409 and not as 500', async () => {
      const { work, begun, succeed } = underWay();
      const run = middleware(work, { middleware: answerIdempotencyErrors(), validating: true });
      const first = run({ id, amount: 1 });
      await begun;
      expect(await run({ id, amount: 1 })).toMatchObject({
        statusCode: 409,
        headers: { 'retry-after': '1' },
        body: expect.stringContaining('"InProgress"'),
      });
      expect(await run({ id, amount: 2 })).toMatchObject({
        statusCode: 409,
        body: expect.stringContaining('"IdempotencyKeyReused"'),
      });
      expect(await run({ id: '' })).toMatchObject({ statusCode: 400 });
      expect(await run({ id: 'other' })).toMatchObject({
        statusCode: 400,
        body: expect.stringContaining('payloadValidationJmesPath selects nothing'),
      });
      succeed('done');
      expect(await first).toBe('done');
    });

    it('tells over HTTP that a response cannot be given again', async () => {
      const { work, runs } = counting(() => ({ updated: 1n }));
      const run = middleware(work, { middleware: answerIdempotencyErrors() });
      expect(await run({ id })).toEqual({ updated: 1n });
      expect(await run({ id })).toMatchObject({
        statusCode: 409,
        body: expect.stringContaining('"ResponseNotReplayable"'),
      });
      expect(runs()).toBe(1);
    });

    it('leaves to the handler over HTTP which of its own errors is an answer', async () => {
      const own = new InvalidInput('of the handler');
      const run = middleware(
        async () => {
          throw own;
        },
        { middleware: answerIdempotencyErrors() },
      );
      await expect(run({ id })).rejects.toBe(own);
    });

    it("answers a duplicate in flight inside of the framework's API in the same way", async () => {
      const { work, begun, succeed } = underWay();
      const idempotent = makeIdempotent(work as Work, optionsOf(subject.store, false));
      const parts = await handlerParts();
      const answer = async (payload: unknown) => ({
        status: 200,
        body: String(await idempotent(payload as Request)),
      });
      const handler = asLambda<ApiResponse>(createApiHandler({ ...parts, answer }));
      const send = () => handler(httpRequest(JSON.stringify({ id })), lambdaContext());
      const first = send();
      await begun;
      const { statusCode, headers } = await send();
      expect([statusCode, headers['retry-after']]).toEqual([409, '1']);
      expect(parts.logger.lines.map(({ level }) => level)).toEqual(['warn']);
      succeed('done');
      expect((await first).statusCode).toBe(200);
    });
  });
};
