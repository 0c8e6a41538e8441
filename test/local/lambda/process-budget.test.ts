import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createProcessBudget, type ProcessBudget } from '../../../local/lambda/process-budget.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
});

const msSince = (time: number | undefined): number | undefined =>
  time === undefined ? undefined : performance.now() - time;

/** A function whose processes are numbers: they start at once, and end at once when they are told to. */
const join = (budget: ProcessBudget) => {
  const state = { running: 0, idleSince: [] as number[], waitingSince: [] as number[] };
  const grow = (): void => {
    while (state.waitingSince.length > 0 && share.take()) {
      state.waitingSince.shift();
      state.running += 1;
    }
  };
  const endIdle = (): void => {
    state.idleSince.shift();
    share.ending();
    state.running -= 1;
    share.release('ended');
  };
  const share = budget.join({
    waitingMs: () => msSince(state.waitingSince[0]),
    isStarting: () => false,
    idleMs: () => msSince(state.idleSince[0]),
    endIdle,
    grow,
  });
  return {
    running: () => state.running,
    waiting: () => state.waitingSince.length,
    /** Invocations come for which there is no idle process. */
    invoke: (times: number): void => {
      for (let time = 0; time < times; time += 1) state.waitingSince.push(performance.now());
      grow();
    },
    /** An invocation ends; its process takes the next one, if it may stay and there is one. */
    endInvocation: (): void => {
      if (!share.keeps()) {
        share.ending();
        state.running -= 1;
        share.release('ended');
      } else if (state.waitingSince.shift() === undefined) state.idleSince.push(performance.now());
      grow();
    },
  };
};

const pass = (ms: number): void => void vi.advanceTimersByTime(ms);

describe('a budget of processes', () => {
  test('gives one function all that there is, and no more', () => {
    const budget = createProcessBudget({ processesMax: 4 });
    const only = join(budget);
    only.invoke(6);
    expect([only.running(), only.waiting(), budget.processes()]).toEqual([4, 2, 4]);
  });

  test('gives one function ten at most, unless it ends nothing', () => {
    const budget = createProcessBudget();
    const [idle, many] = [join(budget), join(budget)];
    idle.invoke(1);
    pass(1);
    idle.endInvocation();
    many.invoke(30);
    for (let round = 0; round < 20; round += 1) {
      pass(500);
      many.endInvocation();
    }
    expect([idle.running(), many.running(), many.waiting()]).toEqual([1, 10, 0]);
    many.invoke(30);
    pass(10_000);
    expect(many.running()).toBeGreaterThan(10);
    expect(budget.processes()).toBeLessThanOrEqual(64);
  });

  test('has a place for each function, however many there are', () => {
    const budget = createProcessBudget({ processesMax: 2 });
    const functions = Array.from({ length: 5 }, () => join(budget));
    for (const one of functions) one.invoke(1);
    expect(functions.map(({ running }) => running())).toEqual([1, 1, 1, 1, 1]);
  });

  test('moves the place of a process that is idle, at once to a function without any', () => {
    const budget = createProcessBudget({ processesMax: 2 });
    const [quiet, other] = [join(budget), join(budget)];
    quiet.invoke(2);
    quiet.endInvocation();
    quiet.endInvocation();
    pass(1);
    other.invoke(1);
    expect([quiet.running(), other.running(), budget.processes()]).toEqual([1, 1, 2]);
  });

  test('moves the place of an idle process to a function that has some after a while only', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const [quiet, busy] = [join(budget), join(budget)];
    quiet.invoke(2);
    busy.invoke(1);
    quiet.endInvocation();
    busy.invoke(1);
    expect([quiet.running(), busy.running()]).toEqual([2, 1]);
    pass(2_000);
    expect([quiet.running(), busy.running(), budget.processes()]).toEqual([1, 2, 3]);
  });

  test('shares equally among functions that are equally busy, one process after the other', () => {
    const budget = createProcessBudget({ processesMax: 12 });
    const functions = [join(budget), join(budget), join(budget)];
    const [first, ...later] = functions;
    first?.invoke(100);
    for (const one of later) one.invoke(100);
    for (let round = 0; round < 60; round += 1) {
      pass(500);
      for (const one of functions) for (let n = one.running(); n > 0; n -= 1) one.endInvocation();
      for (const one of functions) one.invoke(20);
      expect(budget.processes()).toBeLessThanOrEqual(14);
    }
    expect(functions.map(({ running }) => running()).sort()).toEqual([4, 4, 4]);
  });

  test('moves nothing for a wait that is short', () => {
    const budget = createProcessBudget({ processesMax: 4 });
    const [many, few] = [join(budget), join(budget)];
    few.invoke(1);
    many.invoke(3);
    many.invoke(1);
    few.invoke(1);
    for (let round = 0; round < 10; round += 1) {
      pass(100);
      many.invoke(1);
      many.endInvocation();
      few.invoke(1);
      few.endInvocation();
      few.endInvocation();
    }
    expect([many.running(), few.running()]).toEqual([3, 1]);
  });

  test('gives a function without any a process beyond the number when nothing is idle', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const [caller, called] = [join(budget), join(budget)];
    caller.invoke(10);
    called.invoke(1);
    expect([caller.running(), called.running()]).toEqual([3, 1]);
  });

  test('ends the surplus as soon as an invocation ends', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const [caller, called] = [join(budget), join(budget)];
    caller.invoke(10);
    called.invoke(1);
    caller.endInvocation();
    expect([caller.running(), called.running(), budget.processes()]).toEqual([2, 1, 3]);
  });

  test('starts more for a function that waits for itself, up to a number', () => {
    const budget = createProcessBudget({ processesMax: 3, surplusMax: 2 });
    const recursive = join(budget);
    recursive.invoke(20);
    pass(1_000);
    expect(recursive.running()).toBe(3);
    pass(9_000);
    expect(recursive.running()).toBe(5);
  });

  test('starts no more for a function whose invocations end, however long some wait', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const busy = join(budget);
    busy.invoke(100);
    for (let round = 0; round < 40; round += 1) {
      pass(1_000);
      busy.endInvocation();
    }
    expect([busy.running(), budget.processes()]).toEqual([3, 3]);
    expect(busy.waiting()).toBeGreaterThan(50);
  });

  test('forgets a function that has left', () => {
    const budget = createProcessBudget({ processesMax: 1 });
    const share = budget.join({
      waitingMs: () => 5_000,
      isStarting: () => false,
      idleMs: () => undefined,
      endIdle: () => undefined,
      grow: () => undefined,
    });
    share.take();
    share.release('died');
    share.leave();
    const next = join(budget);
    next.invoke(2);
    expect([next.running(), next.waiting()]).toEqual([1, 1]);
  });
});
