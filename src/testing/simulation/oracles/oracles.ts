import type { AnyService } from '../../../domain/kernel/index.ts';
import type { SimulatedBus } from '../cloud/event-bus.ts';
import type { DeadLetterQueues } from '../cloud/queues.ts';
import type { SeedTimes, Violation } from '../service/scenario.ts';
import { causelessCopies, causelessDuplicates, earlyTakeovers } from './duplicates.ts';
import { type CommittedEvent, effectKey, type History } from './history.ts';

/** A seed that has come to rest, or ought to have; or a real stack of which as much is known. */
export type Judged = {
  readonly history: History;
  readonly bus: Pick<SimulatedBus, 'accepted' | 'acceptances' | 'copies'>;
  readonly deadLetters: Pick<DeadLetterQueues, 'all' | 'count'>;
  readonly service: AnyService;
  readonly regions: readonly [string, string];
  readonly faultCount: number;
  readonly times: SeedTimes;
};

/** Messages of one oracle: a broken promise is broken in many places. */
const messagesMax = 3;

const broken = (oracle: string, messages: readonly string[]): readonly Violation[] =>
  messages.slice(0, messagesMax).map((message) => ({ oracle, message }));

const onceAtMost = ({ history }: Judged): readonly string[] =>
  [...new Set(history.effects.map(({ key }) => key))]
    .filter((key) => history.effectsOf(key).length > 1)
    .map((key) => `${key} has taken effect ${history.effectsOf(key).length} times`);

const isDone = (status: string): boolean => status === 'committed' || status === 'replayed';

const onceIfTold = ({ history }: Judged): readonly string[] =>
  history.answers
    .filter(({ key, status }) => isDone(status) && history.effectsOf(`command ${key}`).length === 0)
    .map(({ key }) => `A client was told that ${key} is done, and it has no effect`);

/** A COMMIT in doubt may land later, so a run that has sent one cannot say that nothing is done. */
const nothingIfRefused = ({ history }: Judged): readonly string[] =>
  history.effects
    .filter(({ end }) => end?.isRefused)
    .map(({ key }) => `${key} was refused, and the same run has taken effect`);

const sameAnswers = ({ history }: Judged): readonly string[] => {
  const first = new Map<string, string>();
  return history.answers.flatMap(({ key, status, text }) => {
    if (!isDone(status)) return [];
    const before = first.get(key);
    if (before === undefined) first.set(key, text);
    return before === undefined || before === text
      ? []
      : [`${key} was answered with ${before} and with ${text}`];
  });
};

/** A key stands for the content that it came with first. */
const oneContent = ({ history }: Judged): readonly string[] => {
  const first = new Map<string, string>();
  return history.answers.flatMap(({ key, request, status }) => {
    if (!isDone(status)) return [];
    const before = first.get(key) ?? request;
    first.set(key, before);
    return before === request ? [] : [`${key} was done as ${before} and as ${request}`];
  });
};

/** A scheduled event is on no bus before its time. */
const notTooEarly = ({ history, bus }: Judged): readonly string[] =>
  [...history.events.values()]
    .filter(({ envelope, dueAt }) => (bus.accepted.get(envelope.id) ?? dueAt) < dueAt)
    .map(({ envelope, by }) => `${envelope.type} ${envelope.id} of ${by} is on a bus too early`);

const eventsOfState = ({ history, bus }: Judged): readonly string[] => {
  const counts = new Map<string, number>();
  for (const { by } of history.events.values()) counts.set(by, (counts.get(by) ?? 0) + 1);
  const missing = history.effects
    .filter(({ key, decidedCount }) => (counts.get(key) ?? 0) < decidedCount)
    .map(({ key }) => `${key} has committed without its events`);
  const ghosts = [...bus.accepted.keys()]
    .filter((id) => !history.events.has(id))
    .map((id) => `Event ${id} is on a bus, and nothing has committed it`);
  return [...missing, ...ghosts];
};

/** The consumers that an event reaches, wherever they run. */
export const consumersOf = (
  { consumers, events }: AnyService,
  { envelope }: CommittedEvent,
): readonly string[] =>
  Object.entries(consumers)
    .filter(([, { on }]) => on.includes(envelope.type))
    .filter(([, { of }]) => of === undefined || events[envelope.type]?.scope === 'all-regions')
    .map(([name]) => name);

const effectsOfEvents = ({ history, service }: Judged): readonly string[] => {
  const known = new Set(history.effects.map(({ key }) => key));
  const missing = [...history.events.values()].flatMap((event) =>
    consumersOf(service, event)
      .map((consumer) => effectKey({ kind: 'event', consumer, eventId: event.envelope.id }))
      .filter((key) => !known.has(key))
      .map((key) => `${key}: ${event.envelope.type} has committed, and its consumer has no effect`),
  );
  const unfounded = history.effects
    .filter(({ once }) => once.kind === 'event' && service.consumers[once.consumer] !== undefined)
    .filter(({ once }) => once.kind === 'event' && !history.events.has(once.eventId))
    .map(({ key }) => `${key} has an effect, and no such event has committed`);
  return [...missing, ...unfounded];
};

/** Consumers handle the events of a subject in the order of their versions. */
const inOrder = ({ history, service }: Judged): readonly string[] => {
  const last = new Map<string, number>();
  return history.effects.flatMap(({ once, key }) => {
    if (once.kind !== 'event' || !service.consumers[once.consumer]?.ordered) return [];
    const event = history.events.get(once.eventId);
    if (!event || event.dueAt > event.at) return [];
    const { subject, aggregateversion: version } = event.envelope;
    const place = `${once.consumer} ${subject}`;
    const before = last.get(place) ?? 0;
    last.set(place, Math.max(before, version));
    return version > before
      ? []
      : [`${key} has taken effect with version ${version} behind ${before}`];
  });
};

/** The versions of a subject's events, from 1, each once. */
const withoutGaps = ({ history }: Judged): readonly string[] => {
  const subjects = Map.groupBy(history.events.values(), ({ envelope }) => envelope.subject);
  return [...subjects].flatMap(([subject, events]) => {
    const versions = events.map(({ envelope }) => envelope.aggregateversion);
    const sorted = versions.toSorted((one, other) => one - other);
    const isWhole = sorted.every((version, index) => version === index + 1);
    return isWhole ? [] : [`${subject} has the versions ${sorted.join(', ')}`];
  });
};

const noDeadLetters = ({ deadLetters, faultCount }: Judged): readonly string[] => [
  ...(deadLetters.count() === 0 ? [] : ['Dead letters are left after the operator has been there']),
  ...deadLetters.all
    .filter(({ reason }) => faultCount === 0 || reason === '')
    .map(
      ({ functionName, reason }) => `${functionName} has a dead letter without a cause: ${reason}`,
    ),
];

/** The promises of the framework, by the names of their oracles. */
const oracles: { readonly [name: string]: (judged: Judged) => readonly string[] } = {
  'effect at most once': onceAtMost,
  'effect if told': onceIfTold,
  'no effect if refused': nothingIfRefused,
  'equal answers': sameAnswers,
  'one content of a key': oneContent,
  'nothing before its time': notTooEarly,
  'retried until the deadline': ({ history }) => history.givenUp,
  'no error of the program': ({ history }) => history.programErrors,
  'event if and only if state': eventsOfState,
  'effects equal events': effectsOfEvents,
  'order of a subject': inOrder,
  'versions without gaps': withoutGaps,
  'dead letters have causes': noDeadLetters,
  'duplicates have causes': causelessDuplicates,
  'no takeover before its age': earlyTakeovers,
  'a copy for each event': causelessCopies,
};

/** Every promise that a seed at rest has broken. */
export const judge = (judged: Judged): readonly Violation[] =>
  Object.entries(oracles).flatMap(([name, oracle]) => broken(name, oracle(judged)));
