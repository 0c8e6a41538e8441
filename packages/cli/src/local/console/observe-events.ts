import { defined } from 'antipode/internal/domain';
import { nameInArn } from '../arn.ts';
import {
  type AttemptFailure,
  type BusEvent,
  type Delivery,
  type Evaluation,
  type EventBridgeObserver,
  envelopeText,
  type FieldMismatch,
} from '../eventbridge/index.ts';
import { idsOfDetail, objectIn } from './event-ids.ts';
import type { EntryIds } from './page/entry.ts';
import type { NewEntry, Recorder } from './recorder.ts';

const toldOf = ({ path, expected, found }: FieldMismatch): string => {
  const value = found.length === 0 ? 'the event has none' : `the event has ${found.join(', ')}`;
  return `${path} must be one of ${expected}, ${value}`;
};

/** Why a rule does not send an event on; nothing where it does. */
export const reasonOfEvaluation = (evaluation: Evaluation): string | undefined => {
  if (evaluation.kind !== 'unmatched') {
    return evaluation.kind === 'disabled' ? 'the rule is disabled' : undefined;
  }
  const [first, ...others] = evaluation.fields;
  if (!first) return 'its fields match in different items of an array';
  const more = others.length === 0 ? '' : `; ${others.length} more fields do not match`;
  return `${toldOf(first)}${more}`;
};

const failureText = ({ code, message }: AttemptFailure): string => `${code}: ${message}`;

/** Records all that the buses of a Region do with events. */
export const observeEvents = (
  { add }: Pick<Recorder, 'add'>,
  region: string,
): Required<EventBridgeObserver> => {
  /** Each event is read once, for the entries of all its rules and targets. */
  const known = new WeakMap<BusEvent, EntryIds>();
  const idsOf = (event: BusEvent): EntryIds => {
    const ids = known.get(event) ?? idsOfDetail(objectIn(event.detail), event.id);
    known.set(event, ids);
    return ids;
  };
  const about = (event: BusEvent) => ({ region, type: event.detailType, ...idsOf(event) });
  const addDelivery = (
    { event, deadLetterAttributes }: Delivery,
    entry: Pick<NewEntry, 'kind' | 'outcome' | 'reason' | 'attempt' | 'payload'>,
  ): void => {
    const { RULE_ARN: ruleArn, TARGET_ARN: target } = deadLetterAttributes;
    const rule = ruleArn && nameInArn(ruleArn);
    add({ region, ...(event && about(event)), ...defined({ rule, target }), ...entry });
  };
  return {
    arrived: (event, busName, hop) => {
      const { replayName } = event;
      const came = hop
        ? `from ${hop.fromRegion} by the rule ${nameInArn(hop.ruleArn)}`
        : replayName && `by the replay ${replayName}`;
      add({
        ...about(event),
        kind: hop ? 'hop' : 'published',
        outcome: 'ok',
        bus: busName,
        reason: `on the bus ${busName}${came ? ` ${came}` : ''}`,
        payload: envelopeText(event),
      });
    },
    evaluated: (event, { name: rule }, evaluation) => {
      const outcome = evaluation.kind === 'matched' ? 'ok' : 'skipped';
      const reason = reasonOfEvaluation(evaluation);
      add({ ...about(event), kind: 'rule', outcome, rule, ...defined({ reason }) });
    },
    refused: (entry, { ErrorCode, ErrorMessage }) => {
      const { DetailType, Detail = '' } = entry;
      add({
        region,
        ...idsOfDetail(objectIn(Detail), undefined),
        ...defined({ type: DetailType }),
        kind: 'refused',
        outcome: 'failed',
        reason: `${ErrorCode}: ${ErrorMessage}`,
        payload: Detail,
      });
    },
    delivered: (delivery, retries) =>
      addDelivery(delivery, { kind: 'delivery', outcome: 'ok', attempt: retries + 1 }),
    delayed: (delivery, failure, retries) =>
      addDelivery(delivery, {
        ...{ kind: 'delivery', outcome: 'failed', attempt: retries + 1 },
        reason: `${failureText(failure)} It is tried again.`,
      }),
    deadLettered: (delivery, failure) =>
      addDelivery(delivery, {
        ...{ kind: 'dead-letter', outcome: 'failed', reason: failureText(failure) },
        payload: delivery.body,
      }),
    dropped: (description, reason, delivery) => {
      const lost = {
        kind: 'lost',
        outcome: 'failed',
        reason: `${description}: ${reason}`,
      } as const;
      if (delivery) addDelivery(delivery, { ...lost, payload: delivery.body });
      else add({ region, ...lost });
    },
  };
};

/** Tells two observers of the same. */
const both =
  <Told extends readonly unknown[]>(
    own: (...told: Told) => void,
    other: ((...told: Told) => void) | undefined,
  ) =>
  (...told: Told): void => {
    own(...told);
    other?.(...told);
  };

/** An observer that tells two others. A loss is printed where nobody else hears of it. */
export const bothObservers = (
  own: Required<EventBridgeObserver>,
  other: EventBridgeObserver = {},
): EventBridgeObserver => ({
  arrived: both(own.arrived, other.arrived),
  evaluated: both(own.evaluated, other.evaluated),
  refused: both(own.refused, other.refused),
  delivered: both(own.delivered, other.delivered),
  delayed: both(own.delayed, other.delayed),
  deadLettered: both(own.deadLettered, other.deadLettered),
  dropped: both(
    own.dropped,
    other.dropped ?? ((description, reason) => console.error(`Dropped ${description}: ${reason}`)),
  ),
});
