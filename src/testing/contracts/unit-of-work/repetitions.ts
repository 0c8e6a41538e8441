import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { responseBytesMax } from '../../../domain/kernel/index.ts';
import {
  addTo,
  type CounterState,
  type CounterWork,
  counterName,
  counterWork,
  setTo,
} from '../counter.ts';
import { expectEqual, expectLike, expectRejection } from '../expectations.ts';
import { checksFor } from '../suite.ts';
import {
  pendingOf,
  type UnitOfWorkChecks,
  type UnitOfWorkSubject,
} from './unit-of-work-subject.ts';

/** A value that refers to itself. */
const circle = (): unknown => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
};

/** Results that no record could give back as they were, and the kind of the fault. */
const unkept: readonly (readonly [string, unknown, string])[] = [
  ['a bigint', { updated: 1n }, 'InvariantViolation'],
  ['a circle', circle(), 'InvariantViolation'],
  ['a Map', { totals: new Map([['a', 1]]) }, 'InvariantViolation'],
  ['NaN', { value: Number.NaN }, 'InvariantViolation'],
  ['more than a column of DSQL', 'é'.repeat(responseBytesMax / 2), 'InvalidInput'],
];

/** A command that adds five to a counter, or sets it to five without looking at it. */
const commandWith =
  (reads: boolean) =>
  (counter: string, key: string, fingerprint?: string): CounterWork =>
    counterWork(reads ? addTo(counter, 5) : setTo(counter, 5), {
      key,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(reads ? { load: { names: [counter] } } : {}),
    });

/** The same work with another result. */
const answering = (work: CounterWork, result: unknown): CounterWork =>
  ({
    ...work,
    decide: (state: CounterState) => ({ ...work.decide(state), result }) as never,
  }) as CounterWork;

const resultChecks = (reads: boolean): UnitOfWorkChecks => {
  const how = reads ? 'with reads' : 'without reads';
  const command = commandWith(reads);
  return {
    [`replays the result of a command ${how} exactly, also where JSON changes it`]: async (
      subject,
    ) => {
      const counter = counterName();
      const key = randomUUID();
      const result = { left: -0, note: undefined, rows: [{ at: undefined, text: '\ud800' }] };
      const work = () => answering(command(counter, key), result);
      const first = await subject.unitOfWork.execute(work());
      expectLike(first, { status: 'committed' });
      const second = await subject.other.execute(work());
      deepStrictEqual(second, { status: 'replayed', result });
    },

    ...checksFor(unkept, ([what, result, kind]) => ({
      [`refuses a command ${how} whose result is ${what}, and changes nothing`]: async (
        subject: UnitOfWorkSubject,
      ) => {
        const counter = counterName();
        const before = await pendingOf(subject);
        const work = command(counter, randomUUID());
        const wrong = answering(work, result);
        await expectRejection(subject.unitOfWork.execute(wrong), kind);
        expectEqual(await subject.value(counter), undefined);
        expectEqual(await pendingOf(subject), before);
        expectEqual((await subject.other.execute(work)).status, 'committed');
      },
    })),
  };
};

const commandChecks = (reads: boolean): UnitOfWorkChecks => {
  const how = reads ? 'with reads' : 'without reads';
  const command = commandWith(reads);
  return {
    [`answers the second run of a command ${how} as the first, without effect`]: async (
      subject,
    ) => {
      const counter = counterName();
      const key = randomUUID();
      await subject.unitOfWork.execute(command(counter, key));
      const before = await pendingOf(subject);
      const outcome = await subject.other.execute(command(counter, key));
      expectEqual(outcome, { status: 'replayed', result: { value: 5 } });
      expectEqual(await subject.value(counter), 5);
      expectEqual(await pendingOf(subject), before);
    },

    [`does not run a command ${how} whose key was used for another content`]: async (subject) => {
      const counter = counterName();
      const key = randomUUID();
      await subject.unitOfWork.execute(command(counter, key));
      const outcome = await subject.other.execute(command(counter, key, 'other'));
      expectEqual(outcome, { status: 'mismatched' });
      expectEqual(await subject.value(counter), 5);
    },

    [`runs a command ${how} once when it is sent twenty times at once`]: async (subject) => {
      const counter = counterName();
      const key = randomUUID();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? subject.unitOfWork : subject.other).execute(command(counter, key)),
        ),
      );
      expectEqual(outcomes.filter(({ status }) => status === 'committed').length, 1);
      expectEqual(outcomes.filter(({ status }) => status === 'replayed').length, 19);
      expectEqual(await subject.value(counter), 5);
    },
  };
};

/** A command takes effect once, and each repetition gets the first result. */
export const repetitionChecks: UnitOfWorkChecks = {
  ...checksFor([false, true], commandChecks),
  ...checksFor([false, true], resultChecks),
};
