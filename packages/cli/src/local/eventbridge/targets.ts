import { parseArn } from '../arn.ts';
import type { AttemptFailure, Delivery, SendToQueue } from './delivery.ts';
import { type BusEvent, envelopeLevelsMax, envelopeText, type Hop } from './event.ts';
import { type JsonText, parseJsonText } from './pattern/json-text.ts';
import type { Rule, RuleTarget } from './rule.ts';

/** The functions of the local stack that the bus calls. */
export interface EventTargets {
  /**
   * Queues an asynchronous invocation. It does not report the function's result, as in EventBridge.
   */
  readonly invokeAsync: (
    functionArn: string,
    payload: string,
    traceHeader?: string,
  ) => Promise<'accepted' | 'missing' | 'denied' | 'throttled'>;
  readonly sendToQueue: SendToQueue;
  /** Hands an event to a bus, in this Region or another. */
  readonly putOnBus: (
    busArn: string,
    event: BusEvent,
    hop: Hop,
  ) => Promise<'accepted' | 'missing' | 'denied' | 'unreachable'>;
}

/** An event as it lies on a bus, with the hop that brought it there. */
export type Arrival = { readonly event: BusEvent; readonly hop: Hop | undefined };

type Answer = 'accepted' | 'missing' | 'denied' | 'throttled' | 'unreachable';

const failures: Readonly<Record<Exclude<Answer, 'accepted'>, Omit<AttemptFailure, 'message'>>> = {
  missing: { code: 'NO_RESOURCE', disposition: 'dead-letter' },
  denied: { code: 'NO_PERMISSIONS', disposition: 'dead-letter' },
  throttled: { code: 'THROTTLING', disposition: 'retry' },
  unreachable: { code: 'CROSS_REGION_INGESTION_FAILED', disposition: 'retry' },
};

const reasons: Readonly<Record<Exclude<Answer, 'accepted'>, string>> = {
  missing: 'does not exist',
  denied: 'may not be used by this rule',
  throttled: 'is throttled',
  unreachable: 'cannot be reached from this Region',
};

const failureFor = (answer: Answer, arn: string): AttemptFailure | undefined =>
  answer === 'accepted'
    ? undefined
    : { ...failures[answer], message: `${arn} ${reasons[answer]}.` };

const child = (node: JsonText | undefined, key: string): JsonText | undefined =>
  node?.kind === 'object' ? node.entries.findLast(([name]) => name === key)?.[1] : undefined;

/**
 * The input of a target: the event, a part of it, or a constant; undefined if the event has no such
 * part.
 */
const payloadFor = (target: RuleTarget, envelope: string): string | undefined => {
  if (target.input !== undefined) return target.input;
  if (!target.inputPath) return envelope;
  const part = target.inputPath.reduce<JsonText | undefined>(
    child,
    parseJsonText(envelope, envelopeLevelsMax),
  );
  return part && envelope.slice(part.start, part.end);
};

/**
 * AWS passes an event on to a bus once; its documents and a capture disagree on more, so the strict
 * reading holds.
 */
const secondHop = (rule: Rule, target: RuleTarget, event: BusEvent): AttemptFailure => ({
  code:
    parseArn(target.arn)?.region === parseArn(rule.arn)?.region
      ? 'THIRD_ACCOUNT_HOP_DETECTED'
      : 'THIRD_REGION_HOP_DETECTED',
  message: `Event ingestion rejected for event ${event.id} because an event can be sent to an event bus target only once. This event was previously delivered to an event bus target.`,
  disposition: 'dead-letter',
});

const putOnBus = async (
  targets: EventTargets,
  rule: Rule,
  target: RuleTarget,
  { event, hop }: Arrival,
): Promise<AttemptFailure | undefined> => {
  if (hop) return secondHop(rule, target, event);
  const fromRegion = parseArn(rule.arn)?.region ?? event.region;
  const { roleArn } = target;
  const from = { fromRegion, ruleArn: rule.arn, roleArn };
  const answer = await targets.putOnBus(target.arn, event, from);
  const failure = failureFor(answer, target.arn);
  return failure && answer === 'missing' ? { ...failure, disposition: 'drop' } : failure;
};

/** Sends to a function or a queue; resolves to why it failed, if it did. */
export const sendTo = async (
  targets: Pick<EventTargets, 'invokeAsync' | 'sendToQueue'>,
  target: { readonly kind: 'function' | 'queue'; readonly arn: string },
  payload: string,
  traceHeader?: string,
): Promise<AttemptFailure | undefined> => {
  const answer =
    target.kind === 'function'
      ? await targets.invokeAsync(target.arn, payload, traceHeader)
      : await targets.sendToQueue(target.arn, payload, {}, traceHeader);
  return failureFor(answer, target.arn);
};

const missingPart = ({ inputPath = [] }: RuleTarget): AttemptFailure => ({
  code: 'INVALID_JSON',
  message: `The event has no ${['$', ...inputPath].join('.')}.`,
  disposition: 'dead-letter',
});

const attempt = async (
  targets: EventTargets,
  rule: Rule,
  target: RuleTarget,
  arrival: Arrival,
  payload: string | undefined,
): Promise<AttemptFailure | undefined> => {
  if (target.kind === 'bus') return putOnBus(targets, rule, target, arrival);
  if (payload === undefined) return missingPart(target);
  const to = { kind: target.kind, arn: target.arn };
  return sendTo(targets, to, payload, arrival.event.traceHeader);
};

/** The delivery of one event to one target of a rule. */
export const deliveryOf = (
  targets: EventTargets,
  rule: Rule,
  target: RuleTarget,
  arrival: Arrival,
): Delivery => {
  const envelope = envelopeText(arrival.event);
  const payload = payloadFor(target, envelope);
  return {
    description: `event ${arrival.event.id} of rule ${rule.name} to ${target.arn}`,
    event: arrival.event,
    attempt: () => attempt(targets, rule, target, arrival, payload),
    retryPolicy: target.retryPolicy,
    body: payload ?? envelope,
    deadLetterQueueArn: target.deadLetterQueueArn,
    deadLetterAttributes: { RULE_ARN: rule.arn, TARGET_ARN: target.arn },
    traceHeader: arrival.event.traceHeader,
  };
};
