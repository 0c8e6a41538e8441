import type { EventNote, Publication, WorkNote, WorkStatus } from './journal.ts';

/** An event of a record, with the consumers that have got it. */
export type SettledEvent = {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  /** The Region whose transaction has recorded it. */
  readonly region: string;
  /** Milliseconds since the epoch; absent for an event that is published at once. */
  readonly notBefore?: number;
  /** Each try to publish it. Without `rejection` the bus has taken it. */
  readonly publications: readonly Publication[];
  /** Each run of a consumer for it, in the order in which they began. */
  readonly deliveries: readonly SettledWork[];
};

/** One run of a command, or of a consumer for one event. */
export type SettledWork = {
  readonly kind: 'command' | 'consumer';
  /** The command's idempotency key, or the consumer's name in the declaration. */
  readonly name: string;
  readonly region: string;
  /** By the clock of the test, in milliseconds since the epoch. */
  readonly at: number;
  /** How it has ended; a delivery that is `failed` may come again. */
  readonly status: WorkStatus;
  /** The refusal or the error, in one line. */
  readonly problem?: string;
  /** How often it has decided: more than once after a conflict, never where it was a replay. */
  readonly attempts: number;
  /** The events that it has committed. */
  readonly events: readonly SettledEvent[];
};

/**
 * All that has happened in a test service since it was reset, or settled before. Its text is the
 * tree and what is open.
 */
export interface SettledRecord {
  /** The commands that were run, in their order, with all that they have caused. */
  readonly commands: readonly SettledWork[];
  /** Events that have come to a consumer, and that none of these commands has caused. */
  readonly events: readonly SettledEvent[];
  /** Every run of every consumer, in the order in which they began. */
  readonly deliveries: readonly SettledWork[];
  /** One line for each thing that has not come to its end; none after `settle`, unless allowed. */
  readonly open: readonly string[];
  /**
   * Lines for people and for assertions: two spaces before each thing for each thing that has
   * caused it. Ids are left out, and times are in whole seconds after the first command.
   */
  readonly tree: readonly string[];
  /** The tree and the open things, one a line. */
  readonly toString: () => string;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const timesOf = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Lines of a tree, indented under one line. */
const under = (line: string, inner: readonly string[]): readonly string[] => [
  line,
  ...inner.map((one) => `  ${one}`),
];

const createTree = (startedAt: number) => {
  const after = (at: number): string => {
    const seconds = Math.floor((at - startedAt) / 1_000);
    return seconds > 0 ? ` after ${seconds} s` : '';
  };

  /** @param isGiven whether no command of the record has caused the event */
  const eventLines = (event: SettledEvent, isGiven = false): readonly string[] => {
    const { type, subject, notBefore, publications } = event;
    const rejected = publications.filter(({ rejection }) => rejection !== undefined);
    const taken = publications.filter(({ rejection }) => rejection === undefined);
    const [first] = taken;
    const parts = [
      ...(rejected.length > 0
        ? [`rejected ${timesOf(rejected.length)}: ${firstLine(rejected.at(-1)?.rejection ?? '')}`]
        : []),
      ...(first?.by === 'relay' ? [`by the relay of ${first.region}${after(first.at)}`] : []),
      ...(taken.length > 1 ? [`published ${taken.length} times`] : []),
      ...(first === undefined && notBefore === undefined && !isGiven ? ['not published'] : []),
      ...(first === undefined && notBefore !== undefined ? [`scheduled${after(notBefore)}`] : []),
    ];
    const line = [`${type} of ${subject}`, ...parts].join(', ');
    return under(line, event.deliveries.flatMap(workLines));
  };

  const workLines = (work: SettledWork): readonly string[] => {
    const { name, region, status, problem, attempts } = work;
    const end = problem === undefined ? status : `${status}: ${firstLine(problem)}`;
    const tries = attempts > 1 ? `, ${attempts} attempts` : '';
    const line = `${name} in ${region}: ${end}${tries}${after(work.at)}`;
    return under(
      line,
      work.events.flatMap((event) => eventLines(event)),
    );
  };
  return { eventLines, workLines };
};

/** Makes a record of what was noted. */
export const settledRecord = (
  works: readonly WorkNote[],
  events: ReadonlyMap<string, EventNote>,
  open: readonly string[],
): SettledRecord => {
  const made = new Map<WorkNote, SettledWork>();
  const emittedHere = new Set(works.flatMap(({ emitted }) => emitted));

  const eventOf = ({ event, notBefore, publications }: EventNote): SettledEvent => ({
    ...{ id: event.id, type: event.type, subject: event.subject, region: event.originregion },
    ...(notBefore !== undefined && { notBefore }),
    publications: [...publications],
    deliveries: works.filter(({ eventId }) => eventId === event.id).map(workOf),
  });

  const workOf = (note: WorkNote): SettledWork => {
    const known = made.get(note);
    if (known) return known;
    const { kind, name, region, at, status, problem, attempts, emitted } = note;
    const work: SettledWork = {
      ...{ kind, name, region, at, status, attempts },
      ...(problem !== undefined && { problem }),
      events: emitted.flatMap((id) => events.get(id) ?? []).map(eventOf),
    };
    made.set(note, work);
    return work;
  };

  const commands = works.filter(({ eventId }) => eventId === undefined).map(workOf);
  const deliveries = works.filter(({ eventId }) => eventId !== undefined);
  const others = [...new Set(deliveries.map(({ eventId }) => eventId ?? ''))]
    .filter((id) => !emittedHere.has(id))
    .flatMap((id) => events.get(id) ?? [])
    .map(eventOf);
  const { eventLines, workLines } = createTree(works[0]?.at ?? 0);
  const tree = [
    ...commands.flatMap(workLines),
    ...others.flatMap((event) => eventLines(event, true)),
  ];
  const text = [
    ...(tree.length > 0 ? tree : ['Nothing has happened']),
    ...(open.length > 0 ? ['Open:', ...open.map((one) => `- ${one}`)] : []),
  ].join('\n');
  return {
    commands,
    events: others,
    deliveries: deliveries.map(workOf),
    open,
    tree,
    toString: () => text,
  };
};
