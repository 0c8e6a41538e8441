import { envelopeIssues, isEnvelope, isVersion } from '../events/envelope-check.ts';
import { writeEnvelope } from '../events/envelope-json.ts';
import type { DomainEvent, EventEnvelope, ScheduledEvent } from '../events/event.ts';
import { abandon, isThenable, requireSource, requireType } from '../events/event-declaration.ts';
import { InvalidInput, InvariantViolation } from '../fault.ts';
import type { Accepted, Decision, Refused } from './decision.ts';
import type { Once, Work } from './unit-of-work.ts';

/** An accepted decision whose events are addressed. A unit of work commits it. */
export type Decided<State, Result> = Pick<
  Accepted<State, Result>,
  'accepted' | 'state' | 'result'
> & {
  /** The events that the command publishes itself. */
  readonly events: readonly EventEnvelope[];
  /** The events that the relay publishes when their time has come. */
  readonly scheduled: readonly ScheduledEvent[];
};

/**
 * Refuses a promise where a function of the service must answer at once.
 *
 * @param what names the function, such as `decide`
 * @throws {InvariantViolation} nothing has been committed
 */
export const requireAnswered = (what: string, answer: unknown): void => {
  if (!isThenable(answer)) return;
  abandon(answer);
  throw new InvariantViolation(`${what} must not be async: it answers with a promise`);
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const requireOnce = (once: Partial<Once> | undefined): void => {
  if (once?.kind === 'command') {
    const { key, fingerprint } = once;
    if (key === '') throw new InvalidInput('The command has an empty idempotency key');
    if (isText(key) && typeof fingerprint === 'string') return;
    throw new InvariantViolation('Give `once` of a command a text as key and one as fingerprint');
  }
  if (once?.kind === 'event') {
    if (!isText(once.consumer) || !isText(once.eventId)) {
      throw new InvariantViolation('Give `once` of an event a text as consumer and one as eventId');
    }
    const { order } = once;
    if (!order || (isText(order.subject) && isVersion(order.version))) return;
    throw new InvariantViolation('Give the `order` of an event a text as subject and its version');
  }
  throw new InvariantViolation('Give the work a `once` of kind "command" or "event"');
};

/**
 * Refuses, before anything is sent, work that cannot be done once or that decides on what it has
 * not loaded.
 *
 * @throws {InvariantViolation} that says what is missing
 * @throws {InvalidInput} when the idempotency key is empty
 */
export const requireWork = <Query, State, Result>(
  work: Pick<Work<Query, State, Result>, 'once' | 'load' | 'decide'>,
): void => {
  requireOnce(work.once);
  if (typeof work.decide !== 'function') throw new InvariantViolation('Give the work a `decide`');
  if (work.load === undefined && work.decide.length > 0) {
    throw new InvariantViolation(
      '`decide` takes a state, and nothing says what to load: give `load`, or `load: null` to decide on the empty state',
    );
  }
};

const requireRefusal = ({ code, message }: Partial<Refused>): void => {
  if (isText(code) && typeof message === 'string') return;
  throw new InvariantViolation(
    'A refusal needs a code and a message: return refuse(code, message)',
  );
};

const requireAcceptance = (decision: Partial<Accepted<unknown, unknown>>): void => {
  for (const part of ['state', 'events', 'result'] as const) {
    requireAnswered(`\`${part}\` of a decision`, decision[part]);
  }
  if (!Array.isArray(decision.events)) {
    throw new InvariantViolation('`events` of a decision must be a list');
  }
  // A loop, since `some` and `map` skip a hole in an array, which is no event.
  if (Array.from(decision.events).some((event) => typeof event !== 'object' || event === null)) {
    throw new InvariantViolation('`events` of a decision must be a list of events');
  }
  if (!('state' in decision)) throw new InvariantViolation('A decision must say its `state`');
};

/**
 * A program may make work by hand, without a catalogue. This check keeps it from committing what
 * cannot be published.
 */
const requirePublishable = (envelope: EventEnvelope): EventEnvelope => {
  requireAnswered('`envelop`', envelope);
  if (!isEnvelope(envelope)) {
    const fields = envelopeIssues(envelope)?.map(({ field }) => field) ?? [];
    throw new InvariantViolation(
      `\`envelop\` must give a CloudEvents 1.0 envelope, as \`EventCatalogue.envelop\` does: ${fields.join(', ')}`,
    );
  }
  requireSource(envelope.source);
  requireType(envelope.type);
  writeEnvelope(envelope);
  return envelope;
};

/**
 * The earliest time that is taken for milliseconds since the epoch: 9 September 2001. A time in
 * seconds, which would be in the past, lies before it.
 */
const notBeforeMin = 1e12;

/** The latest time that both a JavaScript date and RFC 3339 can name: the end of the year 9999. */
const notBeforeMax = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const requireTime = (type: string, notBefore: number): number => {
  if (Number.isInteger(notBefore) && notBefore >= notBeforeMin && notBefore <= notBeforeMax) {
    return notBefore;
  }
  throw new InvariantViolation(
    `\`notBefore\` of event ${type} must be whole milliseconds since the epoch, from 2001 to 9999`,
  );
};

/**
 * Decides, checks the decision and addresses its events: the pure step of every unit of work.
 *
 * @throws {InvariantViolation} when `decide` is async or its answer is no decision; also as
 * `Work.envelop` does
 */
export const decideWork = <Query, State, Result>(
  work: Pick<Work<Query, State, Result>, 'decide' | 'envelop'>,
  state: State,
): Decided<State, Result> | Refused => {
  const decision: Decision<State, Result, DomainEvent> | undefined = work.decide(state);
  requireAnswered('`decide`', decision);
  if (decision?.accepted === false) {
    requireRefusal(decision);
    return decision;
  }
  if (decision?.accepted !== true) {
    throw new InvariantViolation('`decide` must return accept(…) or refuse(…)');
  }
  requireAcceptance(decision);
  const { accepted, state: changed, result } = decision;
  const events: EventEnvelope[] = [];
  const scheduled: ScheduledEvent[] = [];
  for (const emitted of decision.events) {
    const event = requirePublishable(work.envelop(emitted));
    if (emitted.notBefore === undefined) events.push(event);
    else scheduled.push({ event, notBefore: requireTime(event.type, emitted.notBefore) });
  }
  return { accepted, state: changed, result, events, scheduled };
};
