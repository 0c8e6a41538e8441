import type { DomainEvent, EventEnvelope, Once } from '../../../domain/kernel/index.ts';

/** Work that has committed, as the database has seen it. */
export type Effect = {
  /** Names the work: the same key twice is an effect that happened twice. */
  readonly key: string;
  /** The work. */
  readonly once: Once;
  /** The Region whose process has committed it. */
  readonly region: string;
  /** Virtual milliseconds. */
  readonly at: number;
  /** Events that its decision has emitted. */
  readonly decidedCount: number;
  /** How the run that has committed it has ended; absent where nobody knows its run. */
  readonly end?: RunEnd | undefined;
};

/** The end of a run, as its caller was told. */
export type RunEnd = {
  /** Whether the caller was told that nothing is done. */
  isRefused: boolean;
};

/** An event that has committed. */
export type CommittedEvent = {
  /** The event. */
  readonly envelope: EventEnvelope;
  /** When the database has committed it. Virtual milliseconds. */
  readonly at: number;
  /** When it may be published: its `notBefore`, or its commit. Virtual milliseconds. */
  readonly dueAt: number;
  /** The key of the work that has emitted it. */
  readonly by: string;
};

/** An answer that a client has got. */
export type Answer = {
  /** The idempotency key of the command. */
  readonly key: string;
  /** JSON text of the request. */
  readonly request: string;
  /** The `status` of the outcome. */
  readonly status: string;
  /** JSON text of the result. */
  readonly text: string;
  /** Virtual milliseconds. */
  readonly at: number;
};

/** The work under way in one process, for the notes of its commit. */
export type WorkUnderWay = {
  readonly once: Once;
  /** The events as its decision has emitted them. */
  readonly decided: readonly DomainEvent[];
  readonly end?: RunEnd | undefined;
};

/** The truth about a seed, whatever anybody was told. */
export interface History {
  /** All effects, in the order of their commits. */
  readonly effects: readonly Effect[];
  /** The effects of one key. */
  readonly effectsOf: (key: string) => readonly Effect[];
  /** The events by their ids. */
  readonly events: ReadonlyMap<string, CommittedEvent>;
  /** All answers, in the order in which they came. */
  readonly answers: readonly Answer[];
  /** Commands that were given up although there was time for another attempt. */
  readonly givenUp: readonly string[];
  /** Notes a command that was given up although there was time. */
  readonly addGivenUp: (what: string) => void;
  /** Errors of the API that are no faults, or faults of the program itself. */
  readonly programErrors: readonly string[];
  /** Notes an error of the program itself. */
  readonly addProgramError: (what: string) => void;
  /** Notes work that has committed in a Region. */
  readonly addEffect: (work: WorkUnderWay, region: string) => void;
  /** Notes the events of work that has committed. */
  readonly addEvents: (work: WorkUnderWay, events: readonly EventEnvelope[]) => void;
  /** Notes an answer that a client has got. */
  readonly addAnswer: (answer: Omit<Answer, 'at'>) => void;
}

/** The name of an effect. */
export const effectKey = (once: Once): string =>
  once.kind === 'command' ? `command ${once.key}` : `${once.consumer} ${once.eventId}`;

/** The time before which the decision itself wants nobody to publish an event. */
const notBeforeOf = (
  { type, subject, aggregateversion }: EventEnvelope,
  decided: readonly DomainEvent[],
): number =>
  decided.find(
    (one) =>
      one.type === type && one.subject === subject && one.aggregateVersion === aggregateversion,
  )?.notBefore ?? 0;

/** A history without an event. */
export const createHistory = (now: () => number): History => {
  const effects: Effect[] = [];
  const byKey = new Map<string, Effect[]>();
  const events = new Map<string, CommittedEvent>();
  const answers: Answer[] = [];
  const givenUp: string[] = [];
  const programErrors: string[] = [];

  return {
    effects,
    effectsOf: (key) => byKey.get(key) ?? [],
    events,
    answers,
    givenUp,
    addGivenUp: (what) => {
      givenUp.push(what);
    },
    programErrors,
    addProgramError: (what) => {
      programErrors.push(what);
    },
    addEffect: ({ once, decided, end }, region) => {
      const key = effectKey(once);
      const effect = { key, once, region, at: now(), decidedCount: decided.length, end };
      effects.push(effect);
      const same = byKey.get(key);
      if (same) same.push(effect);
      else byKey.set(key, [effect]);
    },
    addEvents: ({ once, decided }, committed) => {
      const at = now();
      const by = effectKey(once);
      for (const envelope of committed) {
        const dueAt = Math.max(at, notBeforeOf(envelope, decided));
        events.set(envelope.id, { envelope, at, dueAt, by });
      }
    },
    addAnswer: (answer) => {
      answers.push({ ...answer, at: now() });
    },
  };
};
