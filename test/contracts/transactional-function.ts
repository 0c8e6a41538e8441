import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import middy from '@middy/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { TransactionalPersistenceLayer } from '../../src/adapters/powertools/index.ts';
import {
  accept,
  type CommandRecords,
  InvariantViolation,
  responseBytesMax,
  type UnitOfWork,
} from '../../src/domain/kernel/index.ts';
import { addTo, type CounterQuery, type CounterState, counterWork } from '../support/counter.ts';
import { asLambda, lambdaContext } from '../support/lambda.ts';

type Side = {
  readonly records: CommandRecords;
  readonly unitOfWork: UnitOfWork<CounterQuery, CounterState>;
};

export type TransactionalFunctionSubject = Side & {
  /** The same database, as the other Region sees it. */
  readonly other: Side;
  readonly value: (name: string) => Promise<number | undefined>;
};

type Add = { id: string; name: string; amount: number };

const mismatch = { name: 'IdempotencyValidationError' };

/**
 * The contract of `makeIdempotent` around a function that runs a unit of work, with the record in
 * its transaction.
 */
export const transactionalFunctionContract = (
  name: string,
  createSubject: () => Promise<TransactionalFunctionSubject>,
): void => {
  describe(`transactional functions: ${name}`, () => {
    let subject: TransactionalFunctionSubject;
    let keyPrefix: string;
    let add: Add;

    beforeEach(async () => {
      subject = await createSubject();
      keyPrefix = `test.${crypto.randomUUID()}`;
      add = { id: 'a', name: `counter-${crypto.randomUUID()}`, amount: 5 };
    });

    const configOf = (changes: object = {}) =>
      new IdempotencyConfig({
        eventKeyJmesPath: 'id',
        payloadValidationJmesPath: '[name, amount]',
        throwOnNoIdempotencyKey: true,
        hashFunction: 'sha256',
        ...changes,
      });

    /** One process that runs the function; what it does after its commit may go wrong. */
    const processOf = (
      options: {
        readonly side?: Side;
        readonly findsFirst?: boolean;
        readonly config?: object;
        readonly max?: number;
        readonly afterwards?: () => void;
        readonly reads?: boolean;
        readonly form?: 'wrapper' | 'middleware';
      } = {},
    ) => {
      const { side = subject, findsFirst = true, reads = true, form = 'wrapper' } = options;
      const layer = new TransactionalPersistenceLayer(side.records, { findsFirst });
      let runs = 0;
      const work = async (request: Add, _context: unknown): Promise<unknown> => {
        runs += 1;
        const { name: counter, amount } = request;
        const outcome = await layer.run(request, (once) =>
          side.unitOfWork.execute({
            ...counterWork(addTo(counter, amount, options.max)),
            ...(reads ? { load: { names: [counter] } } : {}),
            once,
          }),
        );
        options.afterwards?.();
        return outcome.status === 'refused' ? { refused: outcome.refusal.code } : outcome.result;
      };
      const config = { persistenceStore: layer, keyPrefix, config: configOf(options.config) };
      const idempotent = makeIdempotent(work, config);
      const handler = middy(work as never, { timeoutEarlyInMillis: 0 });
      const handle = asLambda(handler.use(makeHandlerIdempotent(config)));
      const send = (request: Add) =>
        form === 'wrapper'
          ? idempotent(request, lambdaContext())
          : handle(request, lambdaContext());
      return { send, runs: () => runs };
    };
    const crash = () => {
      throw new Error('crashed');
    };

    for (const form of ['wrapper', 'middleware'] as const) {
      for (const findsFirst of [true, false]) {
        const how = `${form}, ${findsFirst ? 'a replay found first' : 'found by the unit of work'}`;
        describe(how, () => {
          it('takes effect once and answers every time the same, in either Region', async () => {
            const first = await processOf({ form, findsFirst }).send({ ...add });
            expect(first).toEqual({ value: 5 });
            for (const side of [subject, subject.other]) {
              const { send, runs } = processOf({ form, findsFirst, side });
              expect(JSON.stringify(await send({ ...add }))).toBe(JSON.stringify(first));
              expect(runs()).toBe(findsFirst ? 0 : 1);
            }
            expect(await subject.value(add.name)).toBe(5);
          });

          it('answers a retry after a crash behind the commit with what was committed', async () => {
            const { send } = processOf({ form, findsFirst, afterwards: crash });
            await expect(send({ ...add })).rejects.toThrow('crashed');
            expect(await processOf({ form, findsFirst }).send({ ...add })).toEqual({ value: 5 });
            expect(await subject.value(add.name)).toBe(5);
          });

          it('refuses the same key with another content, and keeps the record', async () => {
            const { send } = processOf({ form, findsFirst });
            await send({ ...add });
            await expect(send({ ...add, amount: 7 })).rejects.toMatchObject(mismatch);
            expect(await send({ ...add })).toEqual({ value: 5 });
            expect(await subject.value(add.name)).toBe(5);
          });

          it('takes effect once when twenty come at once, and answers all of them', async () => {
            const sends = [subject, subject.other].map(
              (side) => processOf({ form, findsFirst, side }).send,
            );
            const answers = await Promise.all(
              Array.from({ length: 20 }, (_, index) => sends[index % 2]?.({ ...add })),
            );
            expect(answers).toEqual(Array.from({ length: 20 }, () => ({ value: 5 })));
            expect(await subject.value(add.name)).toBe(5);
          });

          it('decides a refused request anew, since a refusal is not kept', async () => {
            const refusing = processOf({ form, findsFirst, max: 4 });
            expect(await refusing.send({ ...add })).toEqual({ refused: 'TooMuch' });
            expect(await processOf({ form, findsFirst }).send({ ...add })).toEqual({ value: 5 });
          });
        });
      }
    }

    it('keeps operations apart whose requests have the same key', async () => {
      await processOf().send({ ...add });
      keyPrefix = `${keyPrefix}.other`;
      expect(await processOf().send({ ...add })).toEqual({ value: 10 });
    });

    it('refuses a request also where contents were compared once and are not any more', async () => {
      await processOf({ config: { eventKeyJmesPath: '' } }).send({ ...add });
      const config = { eventKeyJmesPath: '', payloadValidationJmesPath: undefined };
      const { send } = processOf({ config });
      await expect(send({ ...add })).rejects.toMatchObject({ cause: mismatch });
      expect(await subject.value(add.name)).toBe(5);
    });

    it.each([
      ['nothing', undefined],
      ['an empty path', ' '],
    ])(
      'refuses a key that is a part of the request where %s says what else is compared',
      async (_, path) => {
        for (const form of ['wrapper', 'middleware'] as const) {
          const { send, runs } = processOf({ form, config: { payloadValidationJmesPath: path } });
          for (const amount of [5, 500]) {
            const sent = async () => send({ ...add, amount });
            await expect(sent()).rejects.toThrow('Set payloadValidationJmesPath');
          }
          expect(runs()).toBe(0);
        }
        expect(await subject.value(add.name)).toBeUndefined();
      },
    );

    it.each(['amonut', '[name, amonut]', '{name: name, amount: amonut}'])(
      'refuses a request in which %s selects nothing, and changes nothing',
      async (path) => {
        for (const form of ['wrapper', 'middleware'] as const) {
          const { send, runs } = processOf({ form, config: { payloadValidationJmesPath: path } });
          for (const amount of [5, 500]) {
            await expect(send({ ...add, amount })).rejects.toMatchObject({
              cause: { kind: 'InvalidInput', message: expect.stringContaining('amonut') },
            });
          }
          expect(runs()).toBe(0);
        }
        expect(await subject.value(add.name)).toBeUndefined();
      },
    );

    it('refuses the replay of a durable execution that has committed, before the function runs', async () => {
      await processOf().send({ ...add });
      const layer = new TransactionalPersistenceLayer(subject.records);
      let runs = 0;
      const idempotent = makeIdempotent(
        async (_request: Add, _context: unknown) => {
          runs += 1;
        },
        { persistenceStore: layer, keyPrefix, config: configOf() },
      );
      const durable = {
        step: () => undefined,
        lambdaContext: lambdaContext(),
        durableExecutionMode: 'ReplayMode',
      };
      await expect(idempotent({ ...add }, durable)).rejects.toMatchObject({
        cause: { kind: 'InvariantViolation' },
      });
      expect(runs).toBe(0);
    });

    it('takes effect for another request where the key is all of it', async () => {
      const config = { eventKeyJmesPath: '', payloadValidationJmesPath: undefined };
      for (const amount of [5, 500, 5]) {
        await processOf({ config }).send({ ...add, amount });
      }
      expect(await subject.value(add.name)).toBe(505);
    });

    it.each([
      ['answers anything else than what was recorded', 'Return the result of the unit of work'],
      ['runs no unit of work', 'nothing made it idempotent'],
      ['runs two units of work', 'one unit of work'],
    ])('says that a function is wrong that %s', async (what, message) => {
      const layer = new TransactionalPersistenceLayer(subject.records);
      const execute = (request: Add) =>
        layer.run(request, (once) =>
          subject.unitOfWork.execute({ ...counterWork(addTo(request.name, request.amount)), once }),
        );
      const wrong = makeIdempotent(
        async (request: Add) => {
          if (!what.includes('no unit')) await execute(request);
          if (what.includes('two')) await execute(request);
          return 'something else';
        },
        { persistenceStore: layer, keyPrefix, config: configOf() },
      );
      const error: unknown = await wrong(add).catch((thrown: unknown) => thrown);
      const fault = error instanceof InvariantViolation ? error : (error as Error).cause;
      expect(fault).toBeInstanceOf(InvariantViolation);
      expect((fault as Error).message).toContain(message);
    });

    it('knows the request by the object that the function was given, and says so', async () => {
      const layer = new TransactionalPersistenceLayer(subject.records);
      const outside = layer.run(add, async () => {
        throw new Error('executed');
      });
      await expect(outside).rejects.toThrow('pass the object that the function was given');
    });

    /** A function that answers with a result, and adds one to the counter. */
    const answeringWith = (result: unknown) => {
      const layer = new TransactionalPersistenceLayer(subject.records);
      return makeIdempotent(
        async (request: Add) => {
          const outcome = await layer.run(request, (once) =>
            subject.unitOfWork.execute({
              ...counterWork(addTo(request.name, 1)),
              decide: () =>
                accept({ state: { counters: { [request.name]: 1 } }, events: [], result }) as never,
              once,
            }),
          );
          return outcome.status === 'refused' ? null : outcome.result;
        },
        { persistenceStore: layer, keyPrefix, config: configOf() },
      );
    };

    it('replays any result byte for byte', async () => {
      const result = { b: '1.10', a: [{ é: null, '\u0000': '\ud800' }, 0.1, 1e21], 2: '😀' };
      const answering = answeringWith(result);
      const texts = [JSON.stringify(await answering(add)), JSON.stringify(await answering(add))];
      expect(texts).toEqual([JSON.stringify(result), JSON.stringify(result)]);
    });

    it.each([[undefined], [-0], [{ note: undefined, rows: [undefined, -0] }]])(
      'replays %j exactly, although JSON changes it',
      async (result) => {
        const answering = answeringWith(result);
        for (const _ of [1, 2]) expect(await answering(add)).toStrictEqual(result);
      },
    );

    it.each([
      ['a bigint', { updated: 1n }, 'InvariantViolation'],
      ['a Date', { at: new Date(0) }, 'InvariantViolation'],
      ['more than a column of DSQL holds', 'x'.repeat(responseBytesMax), 'InvalidInput'],
    ])(
      'refuses a result that is %s before COMMIT, so nothing has happened',
      async (_, result, kind) => {
        const refused: unknown = await answeringWith(result)(add).catch((error: unknown) => error);
        expect(refused).toMatchObject({ kind });
        expect(await subject.value(add.name)).toBeUndefined();
        expect(await answeringWith({ done: true })(add)).toEqual({ done: true });
      },
    );
  });
};
