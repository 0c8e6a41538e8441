import { added, counterName, counterWork, setTo } from '../counter.ts';
import { expectEqual, expectLike, expectRejection } from '../expectations.ts';
import { checksFor } from '../suite.ts';
import {
  pendingOf,
  type UnitOfWorkChecks,
  type UnitOfWorkSubject,
} from './unit-of-work-subject.ts';

const accepted = (counter: string) => setTo(counter, 1)();

/** Decisions that a type checker would refuse, and the message. */
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
  ['a decision that accepts with a text', (c) => ({ ...accepted(c), accepted: 'yes' }), /`decide`/],
  [
    'no list of events',
    (c) => ({ ...accepted(c), events: undefined }),
    /`events` of a decision must be a list/,
  ],
  [
    'a single event',
    (c) => ({ ...accepted(c), events: added(c, 1) }),
    /`events` of a decision must be a list/,
  ],
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

/** A decision that is none is refused, and nothing of it is committed. */
export const refusedDecisionChecks: UnitOfWorkChecks = checksFor([true, false], (reads) =>
  checksFor(badDecisions, ([what, decide, message]) => ({
    [`refuses ${what} ${reads ? 'after a read' : 'without reads'}, and commits nothing`]: async (
      subject: UnitOfWorkSubject,
    ) => {
      const counter = counterName();
      const before = await pendingOf(subject);
      const work = counterWork(() => decide(counter) as ReturnType<typeof accepted>, {
        ...(reads ? { load: { names: [counter] } } : {}),
      });
      await expectRejection(subject.unitOfWork.execute(work), 'InvariantViolation', message);
      expectEqual(await subject.value(counter), undefined);
      expectEqual(await pendingOf(subject), before);
      // The key is free, and the connection can be used.
      const again = counterWork(setTo(counter, 2), {
        key: work.once.kind === 'command' ? work.once.key : '',
      });
      expectLike(await subject.unitOfWork.execute(again), { status: 'committed' });
    },
  })),
);
