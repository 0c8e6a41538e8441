import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  accept,
  type CommandRecords,
  type IdempotencyStore,
  type UnitOfWork,
} from '../../../domain/kernel/index.ts';
import {
  added,
  addTo,
  type CounterQuery,
  type CounterState,
  type CounterWork,
  counterName,
  counterWork,
  setTo,
} from '../counter.ts';
import { expectEqual, expectLike, expectRejection } from '../expectations.ts';
import { type Checks, checksFor, type Suite, suiteOf } from '../suite.ts';

/** A unit of work on counters and its records, as one process has them. */
export type CommandRecordsSide = {
  readonly records: CommandRecords;
  readonly unitOfWork: UnitOfWork<CounterQuery, CounterState>;
};

/** Units of work on counters, and the records of the commands that they have run. */
export type CommandRecordsSubject = CommandRecordsSide & {
  /** The same records, as the other Region sees them. */
  readonly other: CommandRecordsSide;
  /** Another service in the same database. */
  readonly elsewhere: CommandRecordsSide;
  /** Leases of the same service. */
  readonly store: IdempotencyStore;
  /** The value of a counter, read by itself; `undefined` when there is none. */
  readonly value: (name: string) => Promise<number | undefined>;
  /** Lets time pass by the clock of the records, in milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
  /** Deletes all records that have outlived their retention. */
  readonly purge: () => Promise<void>;
};

/**
 * How long a subject keeps the record of a command, in milliseconds: thirty days, as where nobody
 * says otherwise.
 */
export const recordRetentionMs = 30 * 24 * 3_600_000;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** More than the connections of both Regions together, so that some wait for others. */
const duplicatesMax = 20;

const replayed = (value: number) => ({ status: 'replayed', result: { value } });

/** A subject, with a key and a counter that no other trial has. */
const trialOf = (subject: CommandRecordsSubject) => {
  const key = `key-${randomUUID()}`;
  const counter = counterName();
  const command = (changes: { readonly key?: string; readonly fingerprint?: string } = {}) =>
    ({ kind: 'command', key, fingerprint: 'same', ...changes }) as const;
  return {
    ...{ subject, key, counter, command },
    find: (once = command(), { records }: CommandRecordsSide = subject) =>
      records.find(once, Date.now() + 10_000),
    /** Sets the counter without looking at it, or adds to it. */
    execute: (
      once = command(),
      value = 5,
      { reads = false, side = subject as CommandRecordsSide } = {},
    ) => {
      const work = reads
        ? counterWork(addTo(counter, value), { load: { names: [counter] } })
        : counterWork(setTo(counter, value));
      return side.unitOfWork.execute({ ...work, once });
    },
    /** Decides for a result of any kind. */
    executeFor: (result: unknown, { unitOfWork }: CommandRecordsSide = subject) => {
      const decide = () => accept({ state: { counters: { [counter]: 5 } }, events: [], result });
      const work = counterWork(decide as unknown as CounterWork['decide']);
      return unitOfWork.execute({ ...work, once: command() });
    },
  };
};

type Trial = ReturnType<typeof trialOf>;

const both = [false, true];

const findingChecks: Checks<Trial> = {
  'finds the result of a command that has committed, in either Region': async ({ subject }) => {
    for (const reads of both) {
      const { command, find, execute } = trialOf(subject);
      expectEqual(await find(), undefined);
      await execute(command(), 5, { reads });
      for (const side of [subject, subject.other]) {
        expectEqual(await find(command(), side), replayed(5));
      }
    }
  },

  'finds a result exactly, also where JSON changes it': async ({ subject, find, executeFor }) => {
    const result = { left: -0, note: undefined, rows: [{ at: undefined, text: '\ud800' }] };
    await executeFor(result);
    deepStrictEqual(await find(), { status: 'replayed', result });
    deepStrictEqual(await executeFor(result, subject.other), { status: 'replayed', result });
  },

  'tells a command from another content under its key': async ({ subject }) => {
    for (const reads of both) {
      const { counter, command, find, execute } = trialOf(subject);
      await execute(command(), 5, { reads });
      for (const fingerprint of ['other', '', 'SAME', 'same ']) {
        const other = command({ fingerprint });
        expectEqual(await find(other), { status: 'mismatched' });
        expectEqual(await execute(other, 7, { reads }), { status: 'mismatched' });
      }
      expectEqual(await subject.value(counter), 5);
      expectEqual(await find(), replayed(5));
    }
  },

  'keeps no record of a command that was refused or has failed': async (trial) => {
    const { subject, counter, command, find, execute, executeFor } = trial;
    const refusing = {
      ...counterWork(addTo(counter, 5, 4), { load: { names: [counter] } }),
      once: command(),
    };
    expectLike(await subject.unitOfWork.execute(refusing), { status: 'refused' });
    expectEqual(await find(), undefined);
    await expectRejection(executeFor(1n), 'InvariantViolation');
    expectEqual(await find(), undefined);
    expectLike(await execute(), { status: 'committed' });
  },
};

const effectChecks = (reads: boolean): Checks<Trial> => {
  const how = reads ? 'with reads' : 'without reads';
  return {
    [`runs a command ${how} once, and answers with the first result`]: async (trial) => {
      const { subject, counter, command, execute } = trial;
      const outcome = await execute(command(), 5, { reads });
      expectLike(outcome, { status: 'committed', result: { value: 5 } });
      for (const side of [subject, subject.other]) {
        expectEqual(await execute(command(), 9, { reads, side }), replayed(5));
      }
      expectEqual(await subject.value(counter), 5);
    },

    [`takes a command ${how} once that comes twenty times at once`]: async (trial) => {
      const { subject, counter, command, execute } = trial;
      const sides = [subject, subject.other] as const;
      const outcomes = await Promise.all(
        Array.from({ length: duplicatesMax }, (_, index) =>
          execute(command(), index + 1, { reads, side: sides[index % 2] ?? subject }),
        ),
      );
      const statuses = outcomes.map(({ status }) => status).toSorted();
      const replays = Array.from({ length: duplicatesMax - 1 }, () => 'replayed');
      expectEqual(statuses, ['committed', ...replays]);
      const committed = outcomes.filter(({ status }) => status === 'committed');
      expectLike(committed, [{ result: { value: await subject.value(counter) } }]);
    },
  };
};

const separationChecks: Checks<Trial> = {
  'publishes nothing again of a command that is replayed': async ({
    subject,
    counter,
    command,
  }) => {
    const decide = () =>
      accept({
        state: { counters: { [counter]: 5 } },
        events: [added(counter, 5)],
        result: { value: 5 },
      });
    const work = { ...counterWork(decide), once: command() };
    expectLike(await subject.unitOfWork.execute(work), { events: [{ subject: counter }] });
    expectEqual(await subject.unitOfWork.execute(work), replayed(5));
  },

  'keeps keys apart, whatever they differ in': async ({ key, command, find, execute }) => {
    const long = 'x'.repeat(2_000);
    for (const end of ['', 'a', 'A', 'a ', 'a\u0000', 'ä', long, `${long}x`]) {
      const once = command({ key: key + end });
      expectEqual(await find(once), undefined);
      expectLike(await execute(once, 1 + end.length), { status: 'committed' });
      expectEqual(await find(once), replayed(1 + end.length));
    }
  },

  'keeps commands, events and leases under one key apart': async (trial) => {
    const { subject, key, find, execute, command, counter } = trial;
    const { store } = subject;
    const lease = await store.acquire({ key, fingerprint: 'same', leaseMs: hourMs });
    expectEqual(await find(), undefined);
    expectLike(await execute(command(), 5), { status: 'committed' });
    const event = { kind: 'event', consumer: 'sum', eventId: key } as const;
    const handling = { ...counterWork(setTo(counter, 6)), once: event };
    expectLike(await subject.unitOfWork.execute(handling), { status: 'committed' });
    expectEqual(await store.find(key), { status: 'in-progress', fingerprint: 'same' });
    const fence = lease.status === 'acquired' ? lease.fence : '';
    const completion = { key, fence, response: '{"value":9}', retentionMs: hourMs };
    expectEqual(await store.complete(completion), true);
    expectEqual(await find(), replayed(5));
    expectEqual(await execute(), replayed(5));
    expectLike((await store.find(key)) ?? {}, { response: '{"value":9}' });
  },

  'takes neither a command for a lease of its key, nor a lease for a command': async (trial) => {
    const { store } = trial.subject;
    await trial.execute();
    expectEqual(await store.find(trial.key), undefined);
    const { key, command, find, execute } = trialOf(trial.subject);
    const done = await store.acquire({ key, fingerprint: 'same', leaseMs: hourMs });
    const fence = done.status === 'acquired' ? done.fence : '';
    await store.complete({ key, fence, response: '{"value":9}', retentionMs: hourMs });
    expectEqual(await find(), undefined);
    expectLike(await execute(command(), 7), { status: 'committed' });
  },

  'keeps the records of services apart': async ({ subject, command, find, execute }) => {
    const { elsewhere } = subject;
    expectLike(await execute(command(), 5, { side: elsewhere }), { status: 'committed' });
    expectEqual(await find(), undefined);
    expectLike(await execute(command(), 7), { status: 'committed' });
    expectEqual(await find(), replayed(7));
    expectEqual(await find(command(), elsewhere), replayed(5));
  },
};

const retentionChecks: Checks<Trial> = {
  'keeps a record for thirty days, and no longer once it is cleaned up': async (trial) => {
    const { subject, command, find, execute } = trial;
    await execute(command(), 5);
    await subject.advance(recordRetentionMs - minuteMs);
    await subject.purge();
    expectEqual(await find(), replayed(5));
    // A replay does not prolong it.
    expectEqual(await execute(command(), 9), replayed(5));
    await subject.advance(minuteMs);
    await subject.purge();
    expectEqual(await find(), undefined);
    expectLike(await execute(command(), 7), { status: 'committed' });
    expectEqual(await find(), replayed(7));
  },

  'replays work whose retention has ended until it is cleaned up': async (trial) => {
    const { subject, command, find, execute } = trial;
    await execute(command(), 5);
    await subject.advance(2 * recordRetentionMs);
    expectEqual(await find(), replayed(5));
    expectEqual(await execute(command(), 9), replayed(5));
  },
};

/**
 * Checks the records that a unit of work leaves of its commands, and the reader of these records: a
 * command takes effect once, and each repetition is answered with the first result.
 *
 * @param createSubject units of work on counters; its database need not be empty
 * @example
 * for (const { name, run } of commandRecordsContract(createSubject)) it(name, run);
 */
export const commandRecordsContract = (
  createSubject: () => Promise<CommandRecordsSubject>,
): Suite =>
  suiteOf<Trial>(async () => trialOf(await createSubject()), {
    ...findingChecks,
    ...checksFor(both, effectChecks),
    ...separationChecks,
    ...retentionChecks,
  });
