import { jainIndex, percentile } from '../support/rounds.ts';

/** How contended rows went: what was committed in a time, at what cost, and for whom. */
export type Score = {
  readonly perSecond: number;
  /** Attempts of all commands, those that were given up included, per commit. */
  readonly attemptsPerCommit: number;
  /** Commands that ended without a commit, as a share of all that ended. */
  readonly givenUpShare: number;
  /** Milliseconds from a command's beginning to its commit that 99 % do not exceed. */
  readonly p99Ms: number;
  /** Jain's index of the clients' commits. */
  readonly fairness: number;
};

/** Counts what the clients of one run did. */
export const createTally = (clients: number) => {
  const commitsOf = Array.from({ length: clients }, () => 0);
  const latencies: number[] = [];
  let attempts = 0;
  let givenUp = 0;
  return {
    attempted: () => {
      attempts += 1;
    },
    committed: (client: number, ms: number) => {
      commitsOf[client] = (commitsOf[client] ?? 0) + 1;
      latencies.push(ms);
    },
    gaveUp: () => {
      givenUp += 1;
    },
    commits: () => latencies.length,
    score: (elapsedMs: number): Score => ({
      perSecond: (latencies.length / elapsedMs) * 1000,
      attemptsPerCommit: attempts / latencies.length,
      givenUpShare: givenUp / (givenUp + latencies.length),
      p99Ms: percentile(latencies, 0.99),
      fairness: jainIndex(commitsOf),
    }),
  };
};

export type Tally = ReturnType<typeof createTally>;
