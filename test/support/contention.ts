import { createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import {
  Conflict,
  createRetrier,
  isRetryable,
  type Random,
} from '../../src/domain/kernel/index.ts';
import { virtualClock } from './virtual-clock.ts';
import { seeded } from './workloads.ts';

/**
 * Milliseconds from an attempt's snapshot to the judgement of its COMMIT, and from there to its
 * answer.
 */
const statementsMs = 6;
const commitMs = 8;
export const windowMs = statementsMs + commitMs / 2;

/** How much a network's times differ, to either side. */
const spread = 0.2;

export type ContentionOptions = {
  readonly clients: number;
  /** Rows that each transaction picks one of. */
  readonly rows: number;
  readonly seed: number;
  readonly seconds: number;
  /** Milliseconds that a client gives a transaction. */
  readonly deadlineMs: number;
  /** Replaces the retriers' randomness, for policies that are known to be bad. */
  readonly jitter?: Random;
};

export type ContentionResult = {
  readonly commitsPerSecond: number;
  readonly attemptsPerCommit: number;
  readonly givenUp: number;
  /**
   * Jain's index of the clients' commits: 1 where all have as many, 1 / clients where one has all.
   */
  readonly fairness: number;
  /** Milliseconds from the first attempt to the commit. */
  readonly p99Ms: number;
};

const fairnessOf = (commits: readonly number[]): number => {
  const sum = commits.reduce((total, one) => total + one, 0);
  const squares = commits.reduce((total, one) => total + one * one, 0);
  return (sum * sum) / (commits.length * squares);
};

/**
 * Clients that change rows one transaction after the other, as DSQL judges them: at COMMIT, the
 * first one wins. The server has room for all; each client has a retrier of its own, as each Lambda
 * has.
 */
export const contend = async (options: ContentionOptions): Promise<ContentionResult> => {
  const { clients, rows, seed, seconds, deadlineMs } = options;
  const clock = virtualClock();
  const random = { next: seeded(seed) };
  const { jitter = random } = options;
  const takes = (ms: number) => clock.sleep(ms * (1 + spread * (2 * random.next() - 1)));
  const versions = Array.from({ length: rows }, () => 0);
  const commits = Array.from({ length: clients }, () => 0);
  const latencies: number[] = [];
  let [attempts, givenUp] = [0, 0];

  const attempt = async (row: number): Promise<void> => {
    attempts += 1;
    const snapshot = versions[row] ?? 0;
    await takes(statementsMs + commitMs / 2);
    const wins = versions[row] === snapshot;
    if (wins) versions[row] = snapshot + 1;
    await takes(commitMs / 2);
    if (!wins) throw new Conflict('change conflicts with another transaction (OC000)');
  };

  const client = async (index: number): Promise<void> => {
    const retrier = createRetrier({ clock, random: jitter, metrics: createMemoryMetrics() });
    for (;;) {
      const row = Math.floor(random.next() * rows);
      const startedAt = clock.now();
      try {
        await retrier.run(() => attempt(row), startedAt + deadlineMs);
        commits[index] = (commits[index] ?? 0) + 1;
        latencies.push(clock.now() - startedAt);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        givenUp += 1;
      }
    }
  };

  const running = Promise.race(commits.map((_, index) => client(index)));
  await Promise.race([running, clock.runUntil(seconds * 1_000)]);
  latencies.sort((left, right) => left - right);
  const total = latencies.length;
  return {
    commitsPerSecond: total / seconds,
    attemptsPerCommit: attempts / total,
    givenUp,
    fairness: fairnessOf(commits),
    p99Ms: latencies[Math.floor(total * 0.99)] ?? 0,
  };
};
