import { expect } from 'vitest';
import { envelopeBytesMax } from '../../src/domain/kernel/events/event.ts';
import {
  InvalidInput,
  type Outbox,
  responseBytesMax,
  type UnitOfWork,
} from '../../src/domain/kernel/index.ts';
import {
  type Added,
  added,
  addTo,
  type CounterQuery,
  type CounterState,
  type CounterWork,
  counterWork,
  enveloped,
  setTo,
} from '../support/counter.ts';
import { collectCases, type Suite } from './suite.ts';

export type UnitOfWorkSubject = {
  readonly unitOfWork: UnitOfWork<CounterQuery, CounterState>;
  /** The same database, as another process sees it. */
  readonly other: UnitOfWork<CounterQuery, CounterState>;
  readonly outbox: Outbox;
  /**
   * The same again, but another process sets this counter to 100 whenever one of the first `times`
   * attempts that have read is about to commit: those lose a conflict.
   */
  readonly overtaken: (counter: string, times: number) => UnitOfWork<CounterQuery, CounterState>;
  /** The value of a counter, read by itself; `undefined` when there is none. */
  readonly value: (name: string) => Promise<number | undefined>;
};

/** A value that refers to itself. */
const circle = (): unknown => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
};

const unique = (): string => `counter-${crypto.randomUUID()}`;

/** The contract of every unit of work, whatever keeps its data. */
export const unitOfWorkContract = (createSubject: () => Promise<UnitOfWorkSubject>): Suite =>
  collectCases(({ beforeEach, describe, it }) => {
    let subject: UnitOfWorkSubject;

    beforeEach(async () => {
      subject = await createSubject();
    });

    it('commits state, events and answer of a decision', async () => {
      const counter = unique();
      const before = (await subject.outbox.status()).pending.count;
      const outcome = await subject.unitOfWork.execute(counterWork(setTo(counter, 7)));
      const event = { type: 'Added', subject: counter, data: { name: counter, value: 7 } };
      expect(outcome).toMatchObject({ status: 'committed', result: { value: 7 }, events: [event] });
      expect(await subject.value(counter)).toBe(7);
      expect((await subject.outbox.status()).pending.count).toBe(before + 1);
      // The row in the outbox is the one of the event that was answered.
      const { events } = outcome as Extract<typeof outcome, { status: 'committed' }>;
      await subject.outbox.markPublished(events.map(({ id }) => id));
      expect((await subject.outbox.status()).pending.count).toBe(before);
    });

    it('commits all events of a decision, each once', async () => {
      const counter = unique();
      const before = (await subject.outbox.status()).pending.count;
      const decide = () => {
        const decision = setTo(counter, 3)();
        return { ...decision, events: [1, 2, 3].map((value) => added(counter, value)) };
      };
      const outcome = await subject.unitOfWork.execute(
        counterWork(decide as CounterWork['decide']),
      );
      const events = [1, 2, 3].map((value) => ({ data: { name: counter, value } }));
      expect(outcome).toMatchObject({ status: 'committed', events });
      expect((await subject.outbox.status()).pending.count).toBe(before + 3);
    });

    it('leaves a scheduled event to the relay, and commits it with the state', async () => {
      const counter = unique();
      const before = (await subject.outbox.status()).pending.count;
      const notBefore = Date.now() + 3_600_000;
      const decide = () => ({
        ...setTo(counter, 3)(),
        events: [added(counter, 1), { ...added(counter, 2), notBefore }],
      });
      const outcome = await subject.unitOfWork.execute(
        counterWork(decide as CounterWork['decide']),
      );
      expect(outcome).toMatchObject({ status: 'committed' });
      const { events } = outcome as Extract<typeof outcome, { status: 'committed' }>;
      expect(events.map(({ data }) => data)).toEqual([{ name: counter, value: 1 }]);
      expect((await subject.outbox.status()).pending.count).toBe(before + 2);
    });

    it('decides on what it has loaded', async () => {
      const counter = unique();
      const load = { names: [counter] };
      await subject.unitOfWork.execute(counterWork(setTo(counter, 7)));
      await subject.unitOfWork.execute(counterWork(addTo(counter, 5), { load }));
      expect(await subject.value(counter)).toBe(12);
    });

    for (const reads of [false, true]) {
      const how = reads ? 'with reads' : 'without reads';
      const command = (counter: string, key: string, fingerprint?: string) =>
        counterWork(reads ? addTo(counter, 5) : setTo(counter, 5), {
          key,
          ...(fingerprint === undefined ? {} : { fingerprint }),
          ...(reads ? { load: { names: [counter] } } : {}),
        });

      it(`answers the second run of a command ${how} as the first, without effect`, async () => {
        const counter = unique();
        const key = crypto.randomUUID();
        await subject.unitOfWork.execute(command(counter, key));
        const before = (await subject.outbox.status()).pending.count;
        const outcome = await subject.other.execute(command(counter, key));
        expect(outcome).toEqual({ status: 'replayed', result: { value: 5 } });
        expect(await subject.value(counter)).toBe(5);
        expect((await subject.outbox.status()).pending.count).toBe(before);
      });

      it(`replays the result of a command ${how} exactly, also where JSON changes it`, async () => {
        const counter = unique();
        const key = crypto.randomUUID();
        const result = { left: -0, note: undefined, rows: [{ at: undefined, text: '\ud800' }] };
        const answering = () => {
          const work = command(counter, key);
          return {
            ...work,
            decide: (state: CounterState) => ({ ...work.decide(state), result }) as never,
          } as CounterWork;
        };
        const first = await subject.unitOfWork.execute(answering());
        expect(first).toMatchObject({ status: 'committed' });
        const second = await subject.other.execute(answering());
        expect(second).toStrictEqual({ status: 'replayed', result });
      });

      const unkept: readonly (readonly [string, unknown, string])[] = [
        ['a bigint', { updated: 1n }, 'InvariantViolation'],
        ['a circle', circle(), 'InvariantViolation'],
        ['a Map', { totals: new Map([['a', 1]]) }, 'InvariantViolation'],
        ['NaN', { value: Number.NaN }, 'InvariantViolation'],
        ['more than a column of DSQL', 'é'.repeat(responseBytesMax / 2), 'InvalidInput'],
      ];
      for (const [what, result, kind] of unkept) {
        it(`refuses a command ${how} whose result is ${what}, and changes nothing`, async () => {
          const counter = unique();
          const before = (await subject.outbox.status()).pending;
          const work = command(counter, crypto.randomUUID());
          const wrong = {
            ...work,
            decide: (state: CounterState) => ({ ...work.decide(state), result }) as never,
          } as CounterWork;
          await expect(subject.unitOfWork.execute(wrong)).rejects.toMatchObject({ kind });
          expect(await subject.value(counter)).toBeUndefined();
          expect((await subject.outbox.status()).pending).toEqual(before);
          expect((await subject.other.execute(work)).status).toBe('committed');
        });
      }

      it(`does not run a command ${how} whose key was used for another content`, async () => {
        const counter = unique();
        const key = crypto.randomUUID();
        await subject.unitOfWork.execute(command(counter, key));
        const outcome = await subject.other.execute(command(counter, key, 'other'));
        expect(outcome).toEqual({ status: 'mismatched' });
        expect(await subject.value(counter)).toBe(5);
      });

      it(`runs a command ${how} once when it is sent twenty times at once`, async () => {
        const counter = unique();
        const key = crypto.randomUUID();
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 === 0 ? subject.unitOfWork : subject.other).execute(command(counter, key)),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'committed')).toHaveLength(1);
        expect(outcomes.filter(({ status }) => status === 'replayed')).toHaveLength(19);
        expect(await subject.value(counter)).toBe(5);
      });
    }

    it('loses no update of twenty concurrent ones', async () => {
      const counter = unique();
      const load = { names: [counter] };
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? subject.unitOfWork : subject.other).execute(
            counterWork(addTo(counter, 1), { load }),
          ),
        ),
      );
      expect(await subject.value(counter)).toBe(20);
    });

    it('saves nothing of a refused decision, and decides anew the next time', async () => {
      const counter = unique();
      const key = crypto.randomUUID();
      const load = { names: [counter] };
      const refused = await subject.unitOfWork.execute(
        counterWork(addTo(counter, 5, 4), { key, load }),
      );
      expect(refused).toMatchObject({ status: 'refused', refusal: { code: 'TooMuch' } });
      expect(await subject.value(counter)).toBeUndefined();
      const accepted = await subject.unitOfWork.execute(
        counterWork(addTo(counter, 5, 6), { key, load }),
      );
      expect(accepted).toMatchObject({ status: 'committed', result: { value: 5 } });
    });

    for (const how of ['with', 'without']) {
      it(`commits nothing of work ${how} reads whose event is too large to be published`, async () => {
        const counter = unique();
        const withNote = (note: string) => {
          const decision = setTo(counter, 7)();
          if (!decision.accepted) throw new Error('refused');
          return {
            ...decision,
            events: decision.events.map((one) => ({ ...one, data: { ...one.data, note } })),
          };
        };
        const execute = (note: string) => {
          const options = how === 'with' ? { load: { names: [counter] } } : {};
          return subject.unitOfWork.execute(counterWork(() => withNote(note), options));
        };
        const [event] = withNote('').events;
        if (!event) throw new Error('no event');
        const room = envelopeBytesMax - Buffer.byteLength(JSON.stringify(enveloped(event)));
        const largest = 'é'.repeat(Math.floor(room / 2));
        const before = (await subject.outbox.status()).pending.count;
        await expect(execute(`${largest}é`)).rejects.toBeInstanceOf(InvalidInput);
        expect(await subject.value(counter)).toBeUndefined();
        expect((await subject.outbox.status()).pending.count).toBe(before);
        expect((await execute(largest)).status).toBe('committed');
        expect(await subject.value(counter)).toBe(7);
      });
    }

    describe('refuses, with nothing committed,', () => {
      const accepted = (counter: string) => setTo(counter, 1)();
      const badDecisions: readonly (readonly [string, (counter: string) => unknown, RegExp])[] = [
        ['an async decision', async (counter) => accepted(counter), /`decide` must not be async/],
        [
          'an async decision that fails',
          async () => {
            throw new Error('too late');
          },
          /`decide` must not be async/,
        ],
        ['no decision', () => undefined, /`decide` must return accept/],
        ['null for a decision', () => null, /`decide` must return accept/],
        ['a text for a decision', () => 'accepted', /`decide` must return accept/],
        [
          'a decision that accepts with a text',
          (c) => ({ ...accepted(c), accepted: 'yes' }),
          /`decide`/,
        ],
        ['no list of events', (c) => ({ ...accepted(c), events: undefined }), /`events` .* a list/],
        ['a single event', (c) => ({ ...accepted(c), events: added(c, 1) }), /`events` .* a list/],
        ['a list of nothing', (c) => ({ ...accepted(c), events: [undefined] }), /a list of events/],
        ['no state', () => ({ accepted: true, events: [], result: null }), /must say its `state`/],
        [
          'a state that is a promise',
          (c) => ({ ...accepted(c), state: Promise.resolve({ counters: {} }) }),
          /`state` of a decision must not be async/,
        ],
        [
          'a result that is a promise and fails',
          (c) => ({ ...accepted(c), result: Promise.reject(new Error('too late')) }),
          /`result` of a decision must not be async/,
        ],
        [
          'events that are a promise and fail',
          (c) => ({ ...accepted(c), events: Promise.reject(new Error('too late')) }),
          /`events` of a decision must not be async/,
        ],
        [
          'a list of events with a hole',
          (c) => ({ ...accepted(c), events: Array(1) }),
          /a list of events/,
        ],
        ['a refusal without a code', () => ({ accepted: false, message: 'No' }), /A refusal needs/],
      ];
      for (const reads of [true, false]) {
        for (const [what, decide, message] of badDecisions)
          it(`${what} ${reads ? 'after a read' : 'without reads'}`, async () => {
            const counter = unique();
            const before = (await subject.outbox.status()).pending;
            const work = counterWork(() => decide(counter) as ReturnType<typeof accepted>, {
              ...(reads ? { load: { names: [counter] } } : {}),
            });
            await expect(subject.unitOfWork.execute(work)).rejects.toMatchObject({
              kind: 'InvariantViolation',
              message: expect.stringMatching(message),
            });
            expect(await subject.value(counter)).toBeUndefined();
            expect((await subject.outbox.status()).pending).toEqual(before);
            // The key is free, and the connection can be used.
            const again = counterWork(setTo(counter, 2), {
              key: work.once.kind === 'command' ? work.once.key : '',
            });
            expect(await subject.unitOfWork.execute(again)).toMatchObject({ status: 'committed' });
          });
      }

      const badWork: readonly (readonly [string, object, string, RegExp])[] = [
        ['no once', { once: undefined }, 'InvariantViolation', /a `once` of kind/],
        [
          'a once of no kind',
          { once: { key: 'k', fingerprint: '' } },
          'InvariantViolation',
          /kind/,
        ],
        ['no key', { once: { kind: 'command', fingerprint: '' } }, 'InvariantViolation', /key/],
        [
          'a key that is a number',
          { once: { kind: 'command', key: 7, fingerprint: '' } },
          'InvariantViolation',
          /key/,
        ],
        [
          'an empty key',
          { once: { kind: 'command', key: '', fingerprint: '' } },
          'InvalidInput',
          /empty idempotency key/,
        ],
        [
          'no fingerprint',
          { once: { kind: 'command', key: 'k' } },
          'InvariantViolation',
          /fingerprint/,
        ],
        [
          'no consumer',
          { once: { kind: 'event', eventId: 'e' } },
          'InvariantViolation',
          /consumer/,
        ],
        [
          'an empty consumer',
          { once: { kind: 'event', consumer: '', eventId: 'e' } },
          'InvariantViolation',
          /consumer/,
        ],
        [
          'an empty event id',
          { once: { kind: 'event', consumer: 'c', eventId: '' } },
          'InvariantViolation',
          /eventId/,
        ],
        [
          'an envelope without attributes',
          { envelop: () => ({ data: 1 }) },
          'InvariantViolation',
          /`envelop` must give .*subject/,
        ],
        [
          'an envelope that comes later',
          {
            envelop: async () => {
              throw new Error('too late');
            },
          },
          'InvariantViolation',
          /`envelop` must not be async/,
        ],
        [
          'an envelope of a source that is AWS',
          { envelop: (one: Added) => ({ ...enveloped(one), source: 'aws.orders' }) },
          'InvariantViolation',
          /source aws\.orders begins with "aws\."/,
        ],
        [
          'an envelope of a type with 129 characters',
          { envelop: (one: Added) => ({ ...enveloped(one), type: 'T'.repeat(129) }) },
          'InvariantViolation',
          /has 129 characters: EventBridge takes 128/,
        ],
        [
          'an envelope that JSON changes',
          { envelop: (one: Added) => ({ ...enveloped(one), data: { at: new Date(0) } }) },
          'InvariantViolation',
          /data\.at is of class Date/,
        ],
        [
          'an envelope that is too large',
          { envelop: (one: Added) => ({ ...enveloped(one), data: 'x'.repeat(envelopeBytesMax) }) },
          'InvalidInput',
          /may have 65536 bytes/,
        ],
        ['no decide', { decide: undefined }, 'InvariantViolation', /a `decide`/],
        [
          'a load that was forgotten',
          { load: undefined },
          'InvariantViolation',
          /nothing says what to load/,
        ],
      ];
      for (const [what, changes, kind, message] of badWork)
        it(what, async () => {
          const counter = unique();
          const work = {
            ...counterWork(addTo(counter, 1), { load: { names: [counter] } }),
            ...changes,
          };
          await expect(subject.unitOfWork.execute(work as typeof work)).rejects.toMatchObject({
            kind,
            message: expect.stringMatching(message),
          });
          expect(await subject.value(counter)).toBeUndefined();
        });
    });

    it('decides on the empty state where the work says that it loads nothing', async () => {
      const counter = unique();
      await subject.unitOfWork.execute(counterWork(setTo(counter, 7)));
      const work = { ...counterWork(addTo(counter, 1)), load: null };
      expect(await subject.unitOfWork.execute(work)).toMatchObject({ result: { value: 1 } });
    });

    it('handles an event once per consumer', async () => {
      const counter = unique();
      const eventId = crypto.randomUUID();
      const handle = (consumer: string) =>
        subject.unitOfWork.execute({
          ...counterWork(addTo(counter, 1), { load: { names: [counter] } }),
          once: { kind: 'event', consumer, eventId },
        });
      expect((await handle('first')).status).toBe('committed');
      expect((await handle('first')).status).toBe('replayed');
      expect((await handle('second')).status).toBe('committed');
      expect(await subject.value(counter)).toBe(2);
    });

    it('handles an event that reads nothing once', async () => {
      const [first, second] = [unique(), unique()];
      const once = { kind: 'event', consumer: 'set', eventId: crypto.randomUUID() } as const;
      const handle = (on: UnitOfWorkSubject['unitOfWork'], counter: string) =>
        on.execute({ ...counterWork(setTo(counter, 1)), once });
      expect((await handle(subject.unitOfWork, first)).status).toBe('committed');
      const before = (await subject.outbox.status()).pending.count;
      expect(await handle(subject.other, second)).toEqual({ status: 'replayed', result: null });
      expect(await subject.value(second)).toBeUndefined();
      expect((await subject.outbox.status()).pending.count).toBe(before);
    });

    it('takes two records for one only if they have the same name and kind', async () => {
      const counter = unique();
      const name = crypto.randomUUID();
      const event = (consumer: string, eventId: string) =>
        ({ kind: 'event', consumer, eventId }) as const;
      const command = (key: string) => ({ kind: 'command', key, fingerprint: 'same' }) as const;
      const all: readonly CounterWork['once'][] = [
        command(name),
        command(name.toUpperCase()),
        command(`${name} `),
        command(`set:${name}`),
        event('set', name),
        event('SET', name),
        event('set', `${name}:set`),
        event(`set:${name}`, 'set'),
        event(name, 'set'),
      ];
      for (const once of all) {
        const work = { ...counterWork(addTo(counter, 1), { load: { names: [counter] } }), once };
        expect(await subject.unitOfWork.execute(work)).toMatchObject({ status: 'committed' });
      }
      expect(await subject.value(counter)).toBe(all.length);
    });

    it('decides anew on fresh reads after each conflict', async () => {
      const counter = unique();
      const seen: unknown[] = [];
      const before = (await subject.outbox.status()).pending.count;
      const decide = (state: CounterState) => {
        seen.push(state.counters[counter]);
        return addTo(counter, 1)(state);
      };
      const work = counterWork(decide, { load: { names: [counter] } });
      const outcome = await subject.overtaken(counter, 2).execute(work);
      expect(outcome).toMatchObject({ status: 'committed', result: { value: 101 } });
      expect(seen).toEqual([undefined, 100, 100]);
      expect(await subject.value(counter)).toBe(101);
      // One event of its own, and nothing of the attempts that were lost.
      expect((await subject.outbox.status()).pending.count).toBe(before + 1);
    });

    it('refuses on fresh reads what it would have accepted before a conflict', async () => {
      const counter = unique();
      const work = counterWork(addTo(counter, 1, 50), { load: { names: [counter] } });
      const outcome = await subject.overtaken(counter, 1).execute(work);
      expect(outcome).toMatchObject({ status: 'refused', refusal: { code: 'TooMuch' } });
      expect(await subject.value(counter)).toBe(100);
    });

    it('begins nothing that is aborted', async () => {
      const counter = unique();
      let decided = 0;
      const decide = () => {
        decided += 1;
        return setTo(counter, 1)();
      };
      const work = { ...counterWork(decide), signal: AbortSignal.abort() };
      await expect(subject.unitOfWork.execute(work)).rejects.toMatchObject({ kind: 'Unavailable' });
      expect(await subject.value(counter)).toBeUndefined();
      expect(decided).toBe(0);
    });

    it('runs no further attempt when it is aborted during one that loses a conflict', async () => {
      const counter = unique();
      const controller = new AbortController();
      let attempts = 0;
      const decide = (state: CounterState) => {
        attempts += 1;
        controller.abort();
        return addTo(counter, 1)(state);
      };
      const work = {
        ...counterWork(decide, { load: { names: [counter] } }),
        signal: controller.signal,
      };
      const run = subject.overtaken(counter, 1).execute(work);
      await expect(run).rejects.toMatchObject({ kind: 'Conflict', retryable: true });
      expect(attempts).toBe(1);
      expect(await subject.value(counter)).toBe(100);
    });

    it('commits an attempt that is aborted when it has decided and loses nothing', async () => {
      const counter = unique();
      const controller = new AbortController();
      const decide = (state: CounterState) => {
        controller.abort();
        return addTo(counter, 1)(state);
      };
      const work = {
        ...counterWork(decide, { load: { names: [counter] } }),
        signal: controller.signal,
      };
      expect((await subject.unitOfWork.execute(work)).status).toBe('committed');
      expect(await subject.value(counter)).toBe(1);
    });

    it('refuses a deadline that is no number, which no time would reach', async () => {
      const counter = unique();
      const work = { ...counterWork(setTo(counter, 1)), deadline: Number.NaN };
      const run = subject.unitOfWork.execute(work);
      await expect(run).rejects.toMatchObject({ kind: 'InvariantViolation' });
      expect(await subject.value(counter)).toBeUndefined();
    });

    it('begins nothing after its deadline', async () => {
      const counter = unique();
      let decided = 0;
      const decide = () => {
        decided += 1;
        return setTo(counter, 1)();
      };
      const work = { ...counterWork(decide), deadline: Date.now() - 1 };
      await expect(subject.unitOfWork.execute(work)).rejects.toMatchObject({ kind: 'Unavailable' });
      expect(await subject.value(counter)).toBeUndefined();
      expect(decided).toBe(0);
    });
  });
