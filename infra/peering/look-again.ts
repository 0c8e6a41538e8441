import { describeFailure, failureKind } from './cluster-control.ts';

/** Milliseconds between two looks at the clusters. The SDK's own waiter uses the same number. */
const pollMs = 2_000;

/** The longest pause after calls that failed, in milliseconds. A deployment notices no more. */
const pauseMsMax = 15_000;

/**
 * Looks in a row that find no cluster before there is none. DSQL needs a moment until it shows a
 * new cluster; half a minute is far more.
 */
const absencesMax = 15;

/** Requests in a row that DSQL calls invalid before they are. The first may repeat an old one. */
const refusalsMax = 3;

/**
 * One look: the work is done, or it goes on. `seen` says where it stands, `atOnce` that a request
 * has just been made, whose effect the next look may show.
 */
export type Look<T> = { readonly done: T } | { readonly seen: string; readonly atOnce?: boolean };

/** An end that another look does not change. */
export class FinalFailure extends Error {
  override readonly name = 'FinalFailure';
}

export type LookAgainDeps = {
  /** Ends early, or rejects, once the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Gets a line for each change of state. */
  readonly log: (message: string, fields: Readonly<Record<string, string>>) => void;
};

const pauseMs = (failures: number): number =>
  failures === 0 ? pollMs : Math.min(pauseMsMax, pollMs * 2 ** (failures - 1));

/** Settles as `work` does, or rejects once the signal is aborted. */
const unlessAborted = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

/** Counts failures in a row, by their kind. */
const createTally = () => {
  const counts = { absent: 0, refused: 0, passing: 0 };
  return {
    reset: () => Object.assign(counts, { absent: 0, refused: 0, passing: 0 }),
    total: () => counts.absent + counts.refused + counts.passing,
    /** @throws {FinalFailure} where the failures of this kind are too many */
    add: (error: unknown, nextStep: string): void => {
      const kind = failureKind(error);
      counts[kind] += 1;
      if (counts.absent < absencesMax && counts.refused < refusalsMax) return;
      const step =
        kind === 'absent' ? 'destroy the stack of this cluster, then deploy again' : nextStep;
      throw new FinalFailure(`${describeFailure(error)}: ${step}`, { cause: error });
    },
  };
};

/**
 * Looks until the work is done, however often a call is denied, throttled, refused for the moment
 * or lost. Any of them may have taken effect, so the next look decides.
 *
 * @param nextStep what a person does next, for the error
 * @throws {FinalFailure} as `look` throws it, where the cluster is absent for good or the request
 * is invalid, and when the signal is aborted: with the state that was seen last
 */
export const lookAgain = async <T>(
  { sleep, log }: LookAgainDeps,
  signal: AbortSignal,
  nextStep: string,
  look: () => Promise<Look<T>>,
): Promise<T> => {
  const tally = createTally();
  let seen = 'nothing';
  let failure = '';
  let logged = '';
  while (true) {
    let atOnce = false;
    try {
      const result = await unlessAborted(signal, look());
      if ('done' in result) return result.done;
      ({ seen, atOnce = false } = result);
      failure = '';
      tally.reset();
    } catch (error) {
      if (error instanceof FinalFailure) throw error;
      if (!signal.aborted) {
        failure = describeFailure(error);
        tally.add(error, nextStep);
      }
    }
    const line = failure === '' ? seen : `${seen}; the last call failed: ${failure}`;
    if (signal.aborted) {
      // CloudFormation cuts a long reason, so the next step comes first.
      throw new FinalFailure(`Not finished in time. ${nextStep}. Seen last: ${line}`);
    }
    if (line !== logged) log('Clusters', { state: line });
    logged = line;
    if (atOnce) continue;
    await unlessAborted(signal, sleep(pauseMs(tally.total()), signal)).catch(() => undefined);
  }
};
