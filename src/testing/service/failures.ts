import { type EventPublisher, Unavailable } from '../../domain/kernel/index.ts';
import { createCommitFailures } from './commit-failures.ts';
import { type Journal, type WorkNote, wrapDecision } from './journal.ts';
import type { RegionSide } from './region-side.ts';

/** A place at which the process of a command or of a consumer dies. */
export type CrashStep =
  /** It has decided, and nothing is committed. */
  | 'before-commit'
  /** It has committed, and nothing is published. */
  | 'after-commit'
  /** It has published its events, and has not marked them as published. */
  | 'after-publish';

/** Failures that a test asks for. Each happens once, or until it is ended; `reset` ends all. */
export interface TestFailures {
  /**
   * The next run that comes to this step ends there with an error, as when its process dies.
   *
   * @param name the consumer, or the idempotency key of the command; any run unless given
   */
  readonly crashNext: (step: CrashStep, name?: string) => void;
  /** The next COMMIT of a command or a consumer meets a conflict; the database refuses it. */
  readonly conflictNext: (side?: RegionSide) => void;
  /** The next COMMIT of a command or a consumer takes effect, and its answer is lost. */
  readonly loseAnswerNext: (side?: RegionSide) => void;
  /**
   * A Region is gone: it runs no command, no consumer and no relay. Events for its consumers wait.
   * The relay of the other Region publishes its events when they have waited for the takeover age
   * of a service with the usual times.
   */
  readonly loseRegion: (side: RegionSide) => void;
  /** The Region is back. Events that have waited for its consumers are delivered. */
  readonly restoreRegion: (side: RegionSide) => void;
  /** Copies of events do not reach the other Region; they wait. Each Region itself goes on. */
  readonly cutLink: () => void;
  /** Copies cross again, those that have waited too. */
  readonly mendLink: () => void;
  /** Sets the clock of one Region so many milliseconds before the clock of the test. */
  readonly moveClock: (side: RegionSide, ms: number) => void;
  /** Ends all failures: both Regions and the link are there, and the clocks are right. */
  readonly clear: () => void;
}

type Crash = { readonly step: CrashStep; readonly name: string | undefined };

/** The failures of a service as its Regions meet them. */
export interface FailureControl extends TestFailures {
  readonly isLost: (side: RegionSide) => boolean;
  readonly isLinkCut: () => boolean;
  /** Milliseconds. */
  readonly clockAhead: (side: RegionSide) => number;
  /** Runs work, unless its Region is lost, up to the step at which it is to crash. */
  readonly run: <
    Work extends { readonly decide: (state: never) => unknown },
    Result extends { readonly status: string },
  >(
    side: RegionSide,
    work: Work,
    run: (work: Work) => Promise<Result>,
  ) => Promise<Result>;
  /** The same publisher: of a run that has crashed it publishes nothing. */
  readonly publishing: (publisher: EventPublisher) => EventPublisher;
  /** Whether the run that calls this has crashed before its events are marked. */
  readonly losesMarks: () => boolean;
  readonly connecting: ReturnType<typeof createCommitFailures>['connecting'];
}

const crashed = (step: CrashStep): Error =>
  new Error(`The process has crashed ${step.replace('-', ' ')}, as the test has asked`);

/** A bus that a process which has died does not reach any more. */
const unpublished = { ok: false, retryable: true, reason: 'crashed', isDeferred: true } as const;

/** The failures that a test asks for, in the order in which it does. */
export const createFailures = (journal: Pick<Journal, 'current'>): FailureControl => {
  let crashes: readonly Crash[] = [];
  const commits = createCommitFailures(() => journal.current() !== undefined);
  let lost = new Set<RegionSide>();
  let ahead = new Map<RegionSide, number>();
  let isLinkCut = false;
  /** The steps at which runs are to crash. */
  const steps = new WeakMap<WorkNote, CrashStep>();

  const stepOf = (): CrashStep | undefined => {
    const note = journal.current();
    return note && steps.get(note);
  };

  /** The crash of a run, which no other one meets then. */
  const takeCrash = (note: WorkNote | undefined): Crash | undefined => {
    const crash = crashes.find(({ name }) => name === undefined || name === note?.name);
    crashes = crashes.filter((one) => one !== crash);
    return crash;
  };

  return {
    crashNext: (step, name) => {
      crashes = [...crashes, { step, name }];
    },
    conflictNext: (side = 'primary') => commits.ask(side, 'conflict'),
    loseAnswerNext: (side = 'primary') => commits.ask(side, 'lostCommit'),
    loseRegion: (side) => lost.add(side),
    restoreRegion: (side) => lost.delete(side),
    cutLink: () => {
      isLinkCut = true;
    },
    mendLink: () => {
      isLinkCut = false;
    },
    moveClock: (side, ms) => ahead.set(side, ms),
    clear: () => {
      crashes = [];
      commits.clear();
      lost = new Set();
      ahead = new Map();
      isLinkCut = false;
    },
    isLost: (side) => lost.has(side),
    isLinkCut: () => isLinkCut,
    clockAhead: (side) => ahead.get(side) ?? 0,
    run: async (side, work, run) => {
      if (lost.has(side))
        throw new Unavailable(`The ${side} Region is lost, as the test has asked`);
      const note = journal.current();
      const crash = takeCrash(note);
      if (!crash || !note) return run(work);
      const { step } = crash;
      if (step !== 'before-commit') steps.set(note, step);
      const dying = wrapDecision(work, (decide) => {
        const decision = decide();
        if (step === 'before-commit') throw crashed(step);
        return decision;
      });
      const outcome = await run(dying);
      if (outcome.status === 'committed') throw crashed(step);
      // It has not come to this step: a replay, for example.
      crashes = [crash, ...crashes];
      return outcome;
    },
    publishing: (publisher) => ({
      publish: async (events, deadline) =>
        stepOf() === 'after-commit'
          ? events.map(() => unpublished)
          : publisher.publish(events, deadline),
    }),
    losesMarks: () => stepOf() !== undefined,
    connecting: commits.connecting,
  };
};
