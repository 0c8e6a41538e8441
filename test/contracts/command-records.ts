import { expect } from 'vitest';
import {
  accept,
  type CommandRecords,
  type Decision,
  type IdempotencyStore,
  type Json,
  type Once,
  type UnitOfWork,
  type Work,
} from '../../src/domain/kernel/index.ts';
import {
  type Added,
  added,
  addTo,
  type CounterQuery,
  type CounterState,
  counterWork,
  setTo,
} from '../support/counter.ts';
import { collectCases, type Suite } from './suite.ts';

type CounterUnitOfWork = UnitOfWork<CounterQuery, CounterState>;

/** One process's view of a service. */
export type ServiceSide = {
  readonly records: CommandRecords;
  readonly unitOfWork: CounterUnitOfWork;
};

export type CommandRecordsSubject = ServiceSide & {
  /** The same records, as the other Region sees them. */
  readonly other: ServiceSide;
  /** Another service in the same database. */
  readonly elsewhere: ServiceSide;
  /** Leases of the same service. */
  readonly store: IdempotencyStore;
  /** The value of a counter, read by itself; `undefined` when there is none. */
  readonly value: (name: string) => Promise<number | undefined>;
  /** Lets time pass by the clock of the records, in milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
  /** Deletes all records that have outlived their retention. */
  readonly purge: () => Promise<void>;
};

/** How long the record of a command and of an event is kept where nobody says otherwise. */
export const recordRetentionMs = 30 * 24 * 3_600_000;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** More than the connections of both Regions together, so that some wait for others. */
const duplicates = Array.from({ length: 20 }, (_, index) => index);

/**
 * The suite of each unit of work and each reader of its records: a record makes a second run a
 * replay.
 */
export const commandRecordsContract = (
  createSubject: () => Promise<CommandRecordsSubject>,
): Suite =>
  collectCases(({ beforeEach, it }) => {
    let subject: CommandRecordsSubject;
    let key: string;
    let counter: string;
    const command = (changes: { key?: string; fingerprint?: string } = {}) =>
      ({ kind: 'command', key, fingerprint: 'same', ...changes }) as const;
    const event = (changes: { consumer?: string; eventId?: string } = {}) =>
      ({ kind: 'event', consumer: 'sum', eventId: key, ...changes }) as const;
    const find = (once = command(), records = subject.records) =>
      records.find(once, Date.now() + 10_000);
    /** Sets the counter without looking at it, or adds to it. */
    const execute = (
      once: Once,
      value = 5,
      { reads = false, side = subject as ServiceSide } = {},
    ) => {
      const work = reads
        ? counterWork(addTo(counter, value), { load: { names: [counter] } })
        : counterWork(setTo(counter, value));
      return side.unitOfWork.execute({ ...work, once });
    };
    const executeWith = <Result extends Json>(
      once: Once,
      decide: () => Decision<CounterState, Result, Added>,
      unitOfWork = subject.unitOfWork,
    ) =>
      unitOfWork.execute({ ...counterWork(setTo(counter, 5)), decide, once } as Work<
        CounterQuery,
        CounterState,
        Result
      >);
    const replayed = (value: number) => ({ status: 'replayed', result: { value } });

    beforeEach(async () => {
      subject = await createSubject();
      key = `key-${crypto.randomUUID()}`;
      counter = `counter-${crypto.randomUUID()}`;
    });

    it('finds the result of a command that has committed, in either Region', async () => {
      for (const reads of [false, true]) {
        key = `key-${crypto.randomUUID()}`;
        counter = `counter-${crypto.randomUUID()}`;
        expect(await find()).toBeUndefined();
        await execute(command(), 5, { reads });
        for (const { records } of [subject, subject.other]) {
          expect(await find(command(), records)).toEqual(replayed(5));
        }
      }
    });

    it('finds a result exactly, also where JSON changes it', async () => {
      const result = { left: -0, note: undefined, rows: [{ at: undefined, text: '\ud800' }] };
      const decide = () =>
        accept({ state: { counters: { [counter]: 5 } }, events: [], result: result as never });
      await executeWith(command(), decide);
      expect(await find()).toStrictEqual({ status: 'replayed', result });
      const again = await executeWith(command(), decide, subject.other.unitOfWork);
      expect(again).toStrictEqual({ status: 'replayed', result });
    });

    it('tells a command from another content under its key', async () => {
      for (const reads of [false, true]) {
        key = `key-${crypto.randomUUID()}`;
        counter = `counter-${crypto.randomUUID()}`;
        await execute(command(), 5, { reads });
        for (const fingerprint of ['other', '', 'SAME', 'same ']) {
          const other = command({ fingerprint });
          expect(await find(other)).toEqual({ status: 'mismatched' });
          expect(await execute(other, 7, { reads })).toEqual({ status: 'mismatched' });
        }
        expect(await subject.value(counter)).toBe(5);
        expect(await find()).toEqual(replayed(5));
      }
    });

    it('keeps no record of a command that was refused or has failed', async () => {
      const refusing = {
        ...counterWork(addTo(counter, 5, 4), { load: { names: [counter] } }),
        once: command(),
      };
      expect(await subject.unitOfWork.execute(refusing)).toMatchObject({ status: 'refused' });
      expect(await find()).toBeUndefined();
      const failing = () =>
        accept({ state: { counters: { [counter]: 5 } }, events: [], result: 1n as never });
      await expect(executeWith(command(), failing)).rejects.toMatchObject({
        kind: 'InvariantViolation',
      });
      expect(await find()).toBeUndefined();
      expect(await execute(command())).toMatchObject({ status: 'committed' });
    });

    for (const reads of [false, true]) {
      const how = reads ? 'with reads' : 'without reads';

      it(`runs a command ${how} once, and answers with the first result`, async () => {
        const outcome = await execute(command(), 5, { reads });
        expect(outcome).toMatchObject({ status: 'committed', result: { value: 5 } });
        for (const side of [subject, subject.other]) {
          expect(await execute(command(), 9, { reads, side })).toEqual(replayed(5));
        }
        expect(await subject.value(counter)).toBe(5);
      });

      it(`handles an event ${how} once for each consumer`, async () => {
        const handle = async (consumer: string, value: number, side: ServiceSide = subject) =>
          (await execute(event({ consumer }), value, { reads, side })).status;
        expect(await handle('first', 5)).toBe('committed');
        expect(await handle('first', 9)).toBe('replayed');
        expect(await handle('first', 9, subject.other)).toBe('replayed');
        expect(await subject.value(counter)).toBe(5);
        expect(await handle('second', 7, subject.other)).toBe('committed');
        expect(await handle('second', 9)).toBe('replayed');
        expect(await subject.value(counter)).toBe(reads ? 12 : 7);
      });

      for (const kind of ['command', 'event'] as const) {
        it(`takes ${kind === 'event' ? 'an' : 'a'} ${kind} ${how} once that comes twenty times at once`, async () => {
          const sides = [subject, subject.other];
          const once = kind === 'command' ? command() : event();
          const outcomes = await Promise.all(
            duplicates.map((index) => execute(once, index + 1, { reads, side: sides[index % 2] })),
          );
          const committed = outcomes.filter(({ status }) => status === 'committed');
          expect(committed).toHaveLength(1);
          expect(outcomes.filter(({ status }) => status === 'replayed')).toHaveLength(19);
          expect(committed).toMatchObject([{ result: { value: await subject.value(counter) } }]);
        });
      }
    }

    it('publishes nothing again of work that is replayed', async () => {
      for (const once of [command(), event()]) {
        const decide = () =>
          accept({
            state: { counters: { [counter]: 5 } },
            events: [added(counter, 5)],
            result: null,
          });
        expect(await executeWith(once, decide)).toMatchObject({ events: [{ subject: counter }] });
        expect(await executeWith(once, decide)).toEqual({ status: 'replayed', result: null });
      }
    });

    it('decides an event anew that was refused', async () => {
      const handle = (max: number) =>
        subject.unitOfWork.execute({
          ...counterWork(addTo(counter, 5, max), { load: { names: [counter] } }),
          once: event(),
        });
      expect(await handle(4)).toMatchObject({ status: 'refused' });
      expect(await handle(5)).toMatchObject({ status: 'committed' });
      expect(await handle(50)).toMatchObject({ status: 'replayed' });
    });

    it('keeps keys apart, whatever they differ in', async () => {
      const long = 'x'.repeat(2_000);
      for (const end of ['', 'a', 'A', 'a ', 'a\u0000', 'ä', long, `${long}x`]) {
        const once = command({ key: key + end });
        expect(await find(once)).toBeUndefined();
        expect(await execute(once, 1 + end.length)).toMatchObject({ status: 'committed' });
        expect(await find(once)).toEqual(replayed(1 + end.length));
      }
    });

    it('keeps events and their consumers apart, whatever they differ in', async () => {
      for (const [consumer, end] of [
        ['a', ''],
        ['a', 'b'],
        ['ab', ''],
        ['b', 'a'],
        ['A', ''],
        ['a', 'B'],
        ['a', ' '],
        ['a ', ''],
        ['a', '","a'],
      ] as const) {
        const once = event({ consumer, eventId: key + end });
        expect(await execute(once)).toMatchObject({ status: 'committed' });
        expect(await execute(once)).toMatchObject({ status: 'replayed' });
      }
    });

    it('keeps commands, events and leases under one key apart', async () => {
      const lease = await subject.store.acquire({
        key,
        fingerprint: 'same',
        leaseMs: hourMs,
      });
      const fence = lease.status === 'acquired' ? lease.fence : '';
      expect(await find()).toBeUndefined();
      expect(await execute(command(), 5)).toMatchObject({ status: 'committed' });
      expect(await execute(event(), 6)).toMatchObject({ status: 'committed' });
      expect(await subject.store.find(key)).toEqual({
        status: 'in-progress',
        fingerprint: 'same',
      });
      const completion = { key, fence, response: '{"value":9}', retentionMs: hourMs };
      expect(await subject.store.complete(completion)).toBe(true);
      expect(await find()).toEqual(replayed(5));
      expect(await execute(command())).toEqual(replayed(5));
      expect(await subject.store.find(key)).toMatchObject({ response: '{"value":9}' });
      key = `key-${crypto.randomUUID()}`;
      await execute(command());
      expect(await subject.store.find(key)).toBeUndefined();
      key = `key-${crypto.randomUUID()}`;
      const done = await subject.store.acquire({ key, fingerprint: 'same', leaseMs: hourMs });
      await subject.store.complete({
        ...completion,
        key,
        fence: done.status === 'acquired' ? done.fence : '',
      });
      expect(await find()).toBeUndefined();
      expect(await execute(command(), 7)).toMatchObject({ status: 'committed' });
    });

    it('keeps the records of services apart', async () => {
      const { elsewhere } = subject;
      for (const once of [command(), event()]) {
        expect(await execute(once, 5, { side: elsewhere })).toMatchObject({ status: 'committed' });
        expect(await find()).toBeUndefined();
      }
      for (const once of [command(), event()]) {
        expect(await execute(once, 7)).toMatchObject({ status: 'committed' });
      }
      expect(await find()).toEqual(replayed(7));
      expect(await find(command(), elsewhere.records)).toEqual(replayed(5));
    });

    it('keeps a record for thirty days, and no longer once it is cleaned up', async () => {
      await execute(command(), 5);
      await execute(event(), 6);
      await subject.advance(recordRetentionMs - minuteMs);
      await subject.purge();
      expect(await find()).toEqual(replayed(5));
      // Replays do not prolong it.
      expect(await execute(command(), 9)).toEqual(replayed(5));
      expect(await execute(event(), 9)).toMatchObject({ status: 'replayed' });
      await subject.advance(minuteMs);
      await subject.purge();
      expect(await find()).toBeUndefined();
      expect(await execute(command(), 7)).toMatchObject({ status: 'committed' });
      expect(await execute(event(), 8)).toMatchObject({ status: 'committed' });
      expect(await find()).toEqual(replayed(7));
    });

    it('replays work whose retention has ended until it is cleaned up', async () => {
      await execute(command(), 5);
      await execute(event(), 6);
      await subject.advance(2 * recordRetentionMs);
      expect(await find()).toEqual(replayed(5));
      expect(await execute(command(), 9)).toEqual(replayed(5));
      expect(await execute(event(), 9)).toMatchObject({ status: 'replayed' });
    });
  });
