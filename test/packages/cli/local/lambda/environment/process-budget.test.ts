import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  createProcessBudget,
  type ProcessBudget,
} from '../../../../../../packages/cli/src/local/lambda/environment/process-budget.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
});

const msSince = (time: number | undefined): number | undefined =>
  time === undefined ? undefined : performance.now() - time;

/** Milliseconds in which a process ends that is told to. */
const endMs = 50;

/** A function whose processes are numbers: they start at once. */
const join = (budget: ProcessBudget, isStarting = false) => {
  const state = { running: 0, idleSince: [] as number[], waitingSince: [] as number[] };
  const grow = (): void => {
    while (state.waitingSince.length > 0 && share.take()) {
      state.waitingSince.shift();
      state.running += 1;
    }
  };
  const end = (): void => {
    state.running -= 1;
    share.ending();
    setTimeout(() => share.release('ended'), endMs);
  };
  const share = budget.join({
    waitingMs: () => msSince(state.waitingSince[0]),
    isStarting: () => isStarting,
    idleMs: () => msSince(state.idleSince[0]),
    endIdle: () => {
      state.idleSince.shift();
      end();
    },
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
      if (!share.keeps()) end();
      else if (state.waitingSince.shift() === undefined) state.idleSince.push(performance.now());
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
    expect([quiet.running(), other.running(), budget.processes()]).toEqual([1, 0, 2]);
    pass(endMs);
    expect([quiet.running(), other.running(), budget.processes()]).toEqual([1, 1, 2]);
  });

  test('ends no second process while the place of the first comes free', () => {
    const budget = createProcessBudget({ processesMax: 4 });
    const [quiet, other, third] = [join(budget), join(budget), join(budget)];
    quiet.invoke(4);
    for (let number = 0; number < 4; number += 1) quiet.endInvocation();
    other.invoke(1);
    other.invoke(1);
    third.invoke(1);
    expect([quiet.running(), budget.processes()]).toEqual([3, 4]);
    pass(endMs);
    pass(endMs);
    expect([quiet.running(), other.running(), third.running()]).toEqual([2, 1, 1]);
    expect(budget.processes()).toBe(4);
  });

  test('ends the process that was idle longest', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const [recent, oldest, older, other] = [1, 2, 3, 4].map(() => join(budget));
    for (const one of [recent, oldest, older]) one?.invoke(1);
    for (const one of [oldest, older, recent]) {
      one?.endInvocation();
      pass(10);
    }
    other?.invoke(1);
    expect([recent, oldest, older].map((one) => one?.running())).toEqual([1, 0, 1]);
  });

  test('moves the place of an idle process to a function that has some after a while only', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const [quiet, busy] = [join(budget), join(budget)];
    quiet.invoke(2);
    busy.invoke(1);
    quiet.endInvocation();
    pass(5_000);
    busy.invoke(2);
    expect([quiet.running(), busy.running()]).toEqual([2, 1]);
    pass(900);
    busy.endInvocation();
    expect([quiet.running(), busy.running()]).toEqual([2, 1]);
    pass(1_000);
    expect([quiet.running(), busy.running(), budget.processes()]).toEqual([1, 2, 3]);
  });

  test('moves no place of a process that has just become idle, however long another waits', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const [quiet, busy] = [join(budget), join(budget)];
    quiet.invoke(2);
    busy.invoke(20);
    for (let round = 0; round < 4; round += 1) {
      pass(500);
      busy.endInvocation();
    }
    // No more than that of the other: nothing is owed.
    busy.invoke(1);
    quiet.invoke(1);
    quiet.endInvocation();
    quiet.endInvocation();
    busy.endInvocation();
    expect([quiet.running(), busy.running()]).toEqual([2, 1]);
    for (let round = 0; round < 4; round += 1) {
      pass(500);
      busy.endInvocation();
    }
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

  test('moves nothing where the functions would only change places', () => {
    const budget = createProcessBudget({ processesMax: 5 });
    const [more, fewer] = [join(budget), join(budget)];
    more.invoke(3);
    fewer.invoke(2);
    for (let round = 0; round < 20; round += 1) {
      pass(500);
      more.invoke(3);
      fewer.invoke(3);
      for (let number = 0; number < 3; number += 1) more.endInvocation();
      for (let number = 0; number < 2; number += 1) fewer.endInvocation();
      expect([more.running(), fewer.running()]).toEqual([3, 2]);
    }
  });

  test('gives one process away for one function, though two invocations end at once', () => {
    const budget = createProcessBudget({ processesMax: 8 });
    const [rich, poor] = [join(budget), join(budget)];
    poor.invoke(1);
    rich.invoke(7);
    poor.invoke(20);
    rich.invoke(20);
    pass(1_500);
    rich.endInvocation();
    rich.endInvocation();
    expect([rich.running(), poor.running()]).toEqual([6, 1]);
    pass(endMs);
    expect([rich.running(), poor.running()]).toEqual([6, 2]);
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
    called.endInvocation();
    expect([caller.running(), called.running()]).toEqual([3, 1]);
    caller.endInvocation();
    caller.endInvocation();
    expect(caller.running()).toBe(2);
    pass(endMs);
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

  test('starts no more for a function that waits for the start of a process', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const slow = join(budget, true);
    slow.invoke(20);
    pass(10_000);
    expect(slow.running()).toBe(3);
  });

  test('starts no more for an invocation that has just come, however long the others run', () => {
    const budget = createProcessBudget({ processesMax: 3 });
    const long = join(budget);
    long.invoke(3);
    pass(60_000);
    long.invoke(1);
    pass(1_900);
    expect(long.running()).toBe(3);
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
    let asked = 0;
    const share = budget.join({
      waitingMs: () => undefined,
      isStarting: () => false,
      idleMs: () => undefined,
      endIdle: () => undefined,
      grow: () => {
        asked += 1;
      },
    });
    const [quiet, other] = [join(budget), join(budget)];
    share.leave();
    quiet.invoke(1);
    quiet.endInvocation();
    other.invoke(1);
    pass(endMs);
    expect([other.running(), asked]).toEqual([1, 0]);
  });
});
