import { inspect } from 'node:util';
import { number, object, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  accept,
  type ConsumerContext,
  type DeadLetter,
  type DeadLetters,
  declareEvents,
  type Outcome,
  refuse,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import { createEventHandler, noPublisher } from '../../../../src/handlers/runtime/index.ts';
import { anEvent, memoryCounters } from '../../../support/counter.ts';
import { asLambda, handlerParts, lambdaContext } from '../../../support/lambda.ts';
import { memoryService } from '../../../support/memory-service.ts';

const catalogue = declareEvents('antipode.counting', {
  Added: { version: 1, schema: object({ name: string(), value: number() }) },
});

const setUp = async (refusing = false) => {
  const parts = await handlerParts();
  const { database, runnerOf } = memoryService(parts.clock);
  const runner = runnerOf(memoryCounters, { catalogue, publisher: noPublisher });
  const runs: ConsumerContext[] = [];
  const handler = createEventHandler({
    ...parts,
    consumer: 'sum',
    catalogue,
    consume: ({ data }, run): Promise<Outcome<null>> => {
      runs.push(run);
      return runner.run({
        ...run,
        load: { names: ['sum'] },
        decide: ({ counters }) =>
          refusing
            ? refuse('TooMuch', 'No more')
            : accept({
                state: { counters: { sum: (counters['sum'] ?? 0) + data.value } },
                events: [],
                result: null,
              }),
      });
    },
  });
  const invoke = (event: unknown) => asLambda<unknown>(handler)(event, lambdaContext());
  return { ...parts, invoke, runs, sum: () => database.begin().get<number>('counters', 'sum') };
};

/** An event as EventBridge delivers it. Its own id differs from hop to hop. */
const delivered = <Detail>(detail: Detail) => ({
  id: crypto.randomUUID(),
  source: 'antipode.counting',
  'detail-type': 'Added',
  detail,
});

describe('an event handler', () => {
  it('handles an event, and acknowledges its duplicate without effect', async () => {
    const { flushes, invoke, logger, sum } = await setUp();
    const event = anEvent();
    expect(await invoke(delivered(event))).toEqual({ status: 'committed' });
    expect(await invoke(delivered(event))).toEqual({ status: 'replayed' });
    expect(sum()).toBe(1);
    expect(flushes()).toBe(2);
    expect(logger.lines.map(({ level }) => level)).toEqual(['info', 'info']);
  });

  it('lets what it causes know the event, its correlation and its trace', async () => {
    const { invoke, runs } = await setUp();
    const event = { ...anEvent(), correlationid: 'c', traceparent: '00-1-2-01' };
    await invoke(delivered(event));
    expect(runs[0]?.causation).toEqual({
      correlationid: 'c',
      causationid: event.id,
      traceparent: '00-1-2-01',
    });
  });

  it('gives each line of its log the event, its correlation and its trace', async () => {
    const { invoke, logger } = await setUp();
    const event = { ...anEvent(), correlationid: 'c', traceparent: '00-1-2-01' };
    await invoke(delivered(event));
    await invoke(delivered({ ...event, data: {} })).catch(() => undefined);
    const ids = {
      ...{ requestId: 'request-1', correlationid: 'c', causationid: event.id },
      traceparent: '00-1-2-01',
    };
    expect(logger.lines).toMatchObject([
      { message: 'Event handled', fields: ids },
      { message: 'Invocation refused', fields: ids },
    ]);
  });

  it('binds its name to the event, so that the use case names neither', async () => {
    const { invoke, runs } = await setUp();
    const event = anEvent();
    await invoke(delivered(event));
    expect(runs[0]?.once).toEqual({ kind: 'event', consumer: 'sum', eventId: event.id });
  });

  it('tells the use case which replay has brought the event, and logs it', async () => {
    const { invoke, logger, runs } = await setUp();
    await invoke(delivered(anEvent()));
    await invoke({ ...delivered(anEvent()), 'replay-name': 'again' });
    expect(runs.map(({ replay }) => replay)).toEqual([undefined, 'again']);
    expect(logger.lines.map(({ fields }) => fields?.['replay'])).toEqual([undefined, 'again']);
  });

  it.each(['', ' ', 'a b', 'n'.repeat(129), undefined as unknown as string])(
    'is not made with the name %j',
    async (consumer) => {
      const parts = await handlerParts();
      const consume = async () => ({ status: 'replayed', result: null }) as const;
      expect(() => createEventHandler({ ...parts, consumer, catalogue, consume })).toThrow(
        /^The name of a consumer must/,
      );
    },
  );

  it.each([
    ['no event', undefined],
    ['a text', 'text'],
    ['an object without a detail', {}],
    ['a detail that is no envelope', delivered({ amount: 1 })],
    ['a detail that is nothing', delivered(null)],
    ['an unknown type', delivered({ ...anEvent(), type: 'Removed' })],
    ['an unknown version', delivered({ ...anEvent(), schemaversion: 2 })],
    ['another source', delivered({ ...anEvent(), source: 'aws.ec2' })],
    ['data that do not fit', delivered({ ...anEvent(), data: {} })],
  ])('throws for %s, so that it ends in the dead letters with its cause', async (_, event) => {
    const { flushes, invoke, logger, runs } = await setUp();
    await expect(invoke(event)).rejects.toMatchObject({ name: 'InvalidInput' });
    expect(runs).toEqual([]);
    expect(logger.lines).toMatchObject([
      {
        level: 'warn',
        fields: { requestId: 'request-1', reason: expect.stringMatching(/^InvalidInput: /) },
      },
    ]);
    expect(flushes()).toBe(1);
  });

  it('throws for an event that the domain refuses', async () => {
    const { invoke, sum } = await setUp(true);
    await expect(invoke(delivered(anEvent()))).rejects.toThrow('TooMuch: No more');
    expect(sum()).toBeUndefined();
  });

  it('passes on a fault as it is, so that Lambda tries again', async () => {
    const parts = await handlerParts();
    const fault = new Unavailable('away');
    const consume = async () => {
      throw fault;
    };
    const handler = createEventHandler({ ...parts, consumer: 'sum', catalogue, consume });
    const event = delivered(anEvent());
    await expect(asLambda(handler)(event, lambdaContext())).rejects.toBe(fault);
  });
});

describe('an event that cannot be read', () => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:sum';

  const setUpLetters = async (send: DeadLetters['send']) => {
    const parts = await handlerParts();
    const consume = async () => ({ status: 'replayed', result: null }) as const;
    const deadLetters = { send };
    const deps = { ...parts, consumer: 'sum', catalogue, consume, deadLetters };
    const handler = asLambda<unknown>(createEventHandler(deps));
    const context = { ...lambdaContext(), invokedFunctionArn: arn };
    return { ...parts, invoke: (event: unknown) => handler(event, context) };
  };

  it('is left to Lambda, which keeps its text, where reading may have rounded a number', async () => {
    const letters: DeadLetter[] = [];
    const { invoke } = await setUpLetters(async (letter) => void letters.push(letter));
    const event = { ...anEvent(), data: JSON.parse('{"value":9007199254740993}') };
    await expect(invoke(delivered(event))).rejects.toThrow('does not fit its schema');
    expect(letters).toEqual([]);
  });

  it.each([
    ['of an unknown type', { type: 'Removed' }, 'Unknown event type Removed'],
    [
      'of a newer version',
      { schemaversion: 2 },
      'Unknown version 2 of event Added: expected 1 to 1',
    ],
    ['with other data', { data: {} }, 'Event Added does not fit its schema: data.name, data.value'],
    ['in no envelope', { id: '' }, /^Not a CloudEvents 1.0 envelope: id must be/],
  ])(
    '%s goes to the dead letters at once, and the platform hears success',
    async (_, part, message) => {
      const letters: DeadLetter[] = [];
      const { clock, flushes, invoke, logger } = await setUpLetters(async (letter) => {
        letters.push(letter);
      });
      const event = delivered({ ...anEvent(), ...part });
      expect(await invoke(event)).toEqual({ status: 'dead-lettered' });
      expect(letters).toEqual([
        {
          payload: event,
          cause: {
            name: 'InvalidInput',
            message: typeof message === 'string' ? message : expect.stringMatching(message),
          },
          requestId: 'request-1',
          functionArn: arn,
          attempts: 1,
          failedAt: clock.now(),
        },
      ]);
      const reason = expect.stringMatching(/^InvalidInput: /);
      expect(logger.lines).toEqual([
        {
          level: 'warn',
          message: 'Event put into the dead letters',
          fields: {
            requestId: 'request-1',
            correlationid: event.detail.correlationid,
            // An empty id is none.
            ...(event.detail.id && { causationid: event.detail.id }),
            reason,
          },
        },
      ]);
      expect(flushes()).toBe(1);
    },
  );

  it('is thrown with its own cause where the dead letters do not take it', async () => {
    const { invoke, logger } = await setUpLetters(async () => {
      throw new Error('no queue');
    });
    const event = delivered({ ...anEvent(), type: 'Removed' });
    await expect(invoke(event)).rejects.toThrow('Unknown event type Removed');
    expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'warn']);
  });

  it('is only one that can be read: others go on as before', async () => {
    const { invoke } = await setUpLetters(async () => {
      throw new Error('not to be called');
    });
    expect(await invoke(delivered(anEvent()))).toEqual({ status: 'replayed' });
  });

  it('is no event at which the use case fails: that one is tried again', async () => {
    const parts = await handlerParts();
    const letters: DeadLetter[] = [];
    const deadLetters: DeadLetters = {
      send: async (letter) => {
        letters.push(letter);
      },
    };
    const refused = { status: 'refused', refusal: refuse('TooEarly', 'Wait') } as const;
    const consume = async () => refused;
    const deps = { ...parts, consumer: 'sum', catalogue, consume, deadLetters };
    const handler = asLambda(createEventHandler(deps));
    await expect(handler(delivered(anEvent()), lambdaContext())).rejects.toThrow('TooEarly');
    expect(letters).toEqual([]);
  });
});

describe('an error that another PostgreSQL client throws', () => {
  it('is thrown to Lambda without the values that it quotes', async () => {
    const parts = await handlerParts();
    const handler = createEventHandler({
      ...parts,
      consumer: 'sum',
      catalogue,
      consume: () => {
        const refusal = new Error('invalid input syntax for type integer: "secret"');
        const fields = { code: '22P02', severity: 'ERROR', detail: 'secret', where: 'secret' };
        throw new Error(`Failed: ${refusal.message}`, { cause: Object.assign(refusal, fields) });
      },
    });
    const thrown: unknown = await asLambda<unknown>(handler)(
      delivered(anEvent()),
      lambdaContext(),
    ).catch((error: unknown) => error);
    expect(inspect(thrown, { depth: 20, showHidden: true })).not.toContain('secret');
    expect(String(thrown)).toBe('Error: Failed: invalid input syntax for type integer: "…"');
  });
});
