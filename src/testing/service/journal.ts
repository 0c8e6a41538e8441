import { AsyncLocalStorage } from 'node:async_hooks';
import { defined } from '../../domain/kernel/defined.ts';
import type {
  Clock,
  EventEnvelope,
  EventPublisher,
  Outcome,
  ScheduledEvent,
} from '../../domain/kernel/index.ts';

/** The end of one run of a command or a consumer. */
export type WorkStatus = Outcome['status'] | 'dead-lettered' | 'failed';

/** One run of a command, or of a consumer for one event. */
export type WorkNote = {
  readonly kind: 'command' | 'consumer';
  /** The command's idempotency key, or the consumer's name in the declaration. */
  readonly name: string;
  readonly region: string;
  /** By the clock of the test, in milliseconds since the epoch. */
  readonly at: number;
  /** The event that a consumer got. */
  readonly eventId?: string;
  attempts: number;
  status: WorkStatus;
  problem?: string;
  /** Ids of the events of each attempt; not all of the attempts have committed. */
  readonly emitted: string[];
};

/** One try to hand an event to the bus. */
export type Publication = {
  readonly region: string;
  /** By the clock of the test, in milliseconds since the epoch. */
  readonly at: number;
  readonly by: 'command' | 'consumer' | 'relay';
  /** Why the bus has not taken it. */
  readonly rejection?: string;
};

/** An event that a decision has emitted, or that has come to the bus. */
export type EventNote = {
  readonly event: EventEnvelope;
  readonly notBefore?: number;
  readonly publications: Publication[];
};

/** The decision part of a piece of work. */
type Deciding = {
  readonly once: {
    readonly kind: 'command' | 'event';
    readonly key?: string;
    readonly consumer?: string;
    readonly eventId?: string;
  };
  readonly load?: unknown;
  readonly decide: (state: never) => unknown;
};

/** The problem of a failed run, as a record shows it. */
export const problemOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Notes all that happens in a test service. */
export interface Journal {
  /** Notes one run of a runner: a command, or a part of the delivery that it belongs to. */
  readonly work: <Work extends Deciding, Result extends Outcome<never>>(
    region: string,
    work: Work,
    run: (noted: Work) => Promise<Result>,
  ) => Promise<Result>;
  /** Notes one delivery to a consumer, and all runs in it. */
  readonly delivery: <Result extends Pick<WorkNote, 'status'>>(
    delivery: { readonly region: string; readonly consumer: string; readonly event: EventEnvelope },
    run: () => Promise<Result>,
  ) => Promise<Result>;
  /** Says how the run that calls this is going to end, if it ends with an error. */
  readonly failing: (status: WorkStatus) => void;
  /** Notes the events of one attempt. */
  readonly emitted: (
    events: readonly EventEnvelope[],
    scheduled: readonly ScheduledEvent[],
  ) => void;
  /** The same publisher, whose answers are noted. */
  readonly publishing: (region: string, publisher: EventPublisher) => EventPublisher;
  /** The run that calls this, if one does. */
  readonly current: () => WorkNote | undefined;
  readonly works: readonly WorkNote[];
  readonly events: ReadonlyMap<string, EventNote>;
  /** Forgets the runs, and keeps the events, which may come later. */
  readonly turnPage: () => void;
  /** Forgets everything. */
  readonly clear: () => void;
}

const nameOf = ({ once }: Deciding): string => once?.key ?? once?.consumer ?? 'work without once';

/**
 * The same work with another decision around its own. The new one takes a state only where its own
 * does: the unit of work refuses a decision about a state that nobody loads.
 */
export const wrapDecision = <Work extends Pick<Deciding, 'decide'>>(
  work: Work,
  wrap: (decide: () => unknown) => unknown,
): Work => {
  const decide = work.decide as ((state: unknown) => unknown) | undefined;
  if (typeof decide !== 'function') return work;
  return decide.length === 0
    ? { ...work, decide: () => wrap(() => decide(undefined)) }
    : { ...work, decide: (state: unknown) => wrap(() => decide(state)) };
};

/** The same work, whose decisions are counted. */
const counted = <Work extends Deciding>(work: Work, note: WorkNote): Work =>
  wrapDecision(work, (decide) => {
    note.attempts += 1;
    return decide();
  });

/** The runs of a journal, one within the other. */
const createWorkNotes = (clock: Pick<Clock, 'now'>) => {
  const running = new AsyncLocalStorage<WorkNote>();
  let works: WorkNote[] = [];
  return {
    current: () => running.getStore(),
    all: () => works,
    clear: () => {
      works = [];
    },
    /** Notes a run and its end. Until then it counts as failed. */
    note: async <Result>(
      about: Omit<WorkNote, 'at' | 'attempts' | 'status' | 'emitted'>,
      run: (note: WorkNote) => Promise<Result>,
      endOf: (result: Result) => Pick<WorkNote, 'status' | 'problem'>,
    ): Promise<Result> => {
      const note: WorkNote = {
        ...about,
        ...{ at: clock.now(), attempts: 0, status: 'failed', emitted: [] },
      };
      works.push(note);
      try {
        const result = await running.run(note, () => run(note));
        Object.assign(note, endOf(result));
        return result;
      } catch (error) {
        note.problem = problemOf(error);
        throw error;
      }
    },
  };
};

/** The events of a journal. */
const createEventNotes = () => {
  let events = new Map<string, EventNote>();
  return {
    all: () => events,
    clear: () => {
      events = new Map();
    },
    of: (event: EventEnvelope, notBefore?: number): EventNote => {
      const known = events.get(event.id);
      if (known) return known;
      const note = { event, publications: [], ...defined({ notBefore }) };
      events.set(event.id, note);
      return note;
    },
  };
};

const endOfWork = (outcome: Outcome<never>): Pick<WorkNote, 'status' | 'problem'> => {
  const { status } = outcome;
  if (status !== 'refused') return { status };
  return { status, problem: `${outcome.refusal.code}: ${outcome.refusal.message}` };
};

/** An empty journal. */
export const createJournal = (clock: Pick<Clock, 'now'>): Journal => {
  const works = createWorkNotes(clock);
  const events = createEventNotes();

  return {
    work: (region, work, run) => {
      const outer = works.current();
      if (outer) return run(counted(work, outer));
      const { once } = work;
      const kind = once?.kind === 'event' ? 'consumer' : 'command';
      const about = { kind, name: nameOf(work), region } as const;
      const eventId = once?.eventId;
      return works.note(
        { ...about, ...defined({ eventId }) },
        (note) => run(counted(work, note)),
        endOfWork,
      );
    },
    delivery: ({ region, consumer, event }, run) => {
      events.of(event);
      const about = { kind: 'consumer', name: consumer, region, eventId: event.id } as const;
      return works.note(about, run, ({ status }) => ({ status }));
    },
    failing: (status) => {
      const note = works.current();
      if (note) note.status = status;
    },
    emitted: (ready, scheduled) => {
      for (const event of ready) events.of(event);
      for (const { event, notBefore } of scheduled) events.of(event, notBefore);
      const all = [...ready, ...scheduled.map(({ event }) => event)];
      works.current()?.emitted.push(...all.map(({ id }) => id));
    },
    publishing: (region, publisher) => ({
      publish: async (sent, deadline) => {
        const by = works.current()?.kind ?? 'relay';
        const results = await publisher.publish(sent, deadline);
        for (const [at, event] of sent.entries()) {
          const result = results[at];
          const rejection = result?.ok === false ? result.reason : undefined;
          events
            .of(event)
            .publications.push({ region, by, at: clock.now(), ...defined({ rejection }) });
        }
        return results;
      },
    }),
    current: works.current,
    get works() {
      return works.all();
    },
    get events() {
      return events.all();
    },
    turnPage: works.clear,
    clear: () => {
      works.clear();
      events.clear();
    },
  };
};
