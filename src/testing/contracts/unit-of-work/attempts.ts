import { addTo, type CounterState, counterName, counterWork, setTo } from '../counter.ts';
import { expectEqual, expectLike, expectRejection } from '../expectations.ts';
import { pendingOf, type UnitOfWorkChecks } from './unit-of-work-subject.ts';

/** Conflicts are decided anew, until a signal or a deadline ends it. */
export const attemptChecks: UnitOfWorkChecks = {
  'loses no update of twenty concurrent ones': async (subject) => {
    const counter = counterName();
    const load = { names: [counter] };
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? subject.unitOfWork : subject.other).execute(
          counterWork(addTo(counter, 1), { load }),
        ),
      ),
    );
    expectEqual(await subject.value(counter), 20);
  },

  'decides anew on fresh reads after each conflict': async (subject) => {
    const counter = counterName();
    const seen: unknown[] = [];
    const before = await pendingOf(subject);
    const decide = (state: CounterState) => {
      seen.push(state.counters[counter]);
      return addTo(counter, 1)(state);
    };
    const work = counterWork(decide, { load: { names: [counter] } });
    const outcome = await subject.overtaken(counter, 2).execute(work);
    expectLike(outcome, { status: 'committed', result: { value: 101 } });
    expectEqual(seen, [undefined, 100, 100]);
    expectEqual(await subject.value(counter), 101);
    // One event of its own, and nothing of the attempts that were lost.
    expectEqual(await pendingOf(subject), before + 1);
  },

  'refuses on fresh reads what it would have accepted before a conflict': async (subject) => {
    const counter = counterName();
    const work = counterWork(addTo(counter, 1, 50), { load: { names: [counter] } });
    const outcome = await subject.overtaken(counter, 1).execute(work);
    expectLike(outcome, { status: 'refused', refusal: { code: 'TooMuch' } });
    expectEqual(await subject.value(counter), 100);
  },

  'begins nothing that is aborted': async (subject) => {
    const counter = counterName();
    let decided = 0;
    const decide = () => {
      decided += 1;
      return setTo(counter, 1)();
    };
    const work = { ...counterWork(decide), signal: AbortSignal.abort() };
    await expectRejection(subject.unitOfWork.execute(work), 'Unavailable');
    expectEqual(await subject.value(counter), undefined);
    expectEqual(decided, 0);
  },

  'runs no further attempt when it is aborted during one that loses a conflict': async (
    subject,
  ) => {
    const counter = counterName();
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
    const failure = await run.catch((error: unknown) => error);
    expectLike(failure, { kind: 'Conflict', retryable: true });
    expectEqual(attempts, 1);
    expectEqual(await subject.value(counter), 100);
  },

  'commits an attempt that is aborted when it has decided and loses nothing': async (subject) => {
    const counter = counterName();
    const controller = new AbortController();
    const decide = (state: CounterState) => {
      controller.abort();
      return addTo(counter, 1)(state);
    };
    const work = {
      ...counterWork(decide, { load: { names: [counter] } }),
      signal: controller.signal,
    };
    expectEqual((await subject.unitOfWork.execute(work)).status, 'committed');
    expectEqual(await subject.value(counter), 1);
  },

  'refuses a deadline that is no number, which no time would reach': async (subject) => {
    const counter = counterName();
    const work = { ...counterWork(setTo(counter, 1)), deadline: Number.NaN };
    const run = subject.unitOfWork.execute(work);
    await expectRejection(run, 'InvariantViolation');
    expectEqual(await subject.value(counter), undefined);
  },

  'begins nothing after its deadline': async (subject) => {
    const counter = counterName();
    let decided = 0;
    const decide = () => {
      decided += 1;
      return setTo(counter, 1)();
    };
    const work = { ...counterWork(decide), deadline: Date.now() - 1 };
    await expectRejection(subject.unitOfWork.execute(work), 'Unavailable');
    expectEqual(await subject.value(counter), undefined);
    expectEqual(decided, 0);
  },
};
