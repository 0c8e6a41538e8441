import { randomUUID } from 'node:crypto';
import { parseArn } from '../arn.ts';
import { AwsError } from '../aws-json.ts';
import type { LocalClock } from '../clock.ts';
import { createDeliveryEngine, type DeliveryObserver, reportDropped } from './delivery.ts';
import { type BusEvent, envelopeText, envelopeTime, type Hop } from './event.ts';
import { createRandom, type InjectedDeliveryFailures } from './failure-injection.ts';
import { readEvent } from './pattern/pattern-event.ts';
import {
  type Accepted,
  acceptEntries,
  type PutEventsEntry,
  type PutEventsResult,
  withFailures,
} from './put-events.ts';
import type { Rule } from './rule.ts';
import { type Arrival, deliveryOf, type EventTargets } from './targets.ts';

/** Watches the buses of one Region: deliveries, and every event that a bus takes. */
export interface EventBridgeObserver extends DeliveryObserver {
  readonly arrived?: (event: BusEvent, busName: string, hop: Hop | undefined) => void;
}

/** EventBridge in one Region. */
export interface EventBridge {
  readonly region: string;
  readonly account: string;
  /**
   * The PutEvents operation; also reports entries for a bus that does not exist, which AWS just
   * loses.
   */
  readonly putEvents: (
    entries: readonly PutEventsEntry[],
    /** X-Ray header of the request. */
    traceHeader?: string,
  ) => PutEventsResult;
  /**
   * Takes an event from a rule of another bus; across Regions it gets a new id and time, as in AWS.
   */
  readonly receive: (
    busArn: string,
    event: BusEvent,
    hop: Hop,
  ) => 'accepted' | 'missing' | 'denied' | 'unreachable';
  /** Sends a scheduled event to the targets of a rule. */
  readonly fire: (rule: Rule, scheduledAt: number) => void;
  readonly buses: readonly string[];
  readonly rules: readonly Rule[];
  /** Resolves when nothing is being delivered and nothing waits for a retry. */
  readonly idle: () => Promise<void>;
  /** Ends the waits before retries now. */
  readonly retryNow: () => void;
  /** Abandons the deliveries that wait for a retry, and refuses later events. */
  readonly stop: () => Promise<void>;
}

export type EventBridgeOptions = {
  readonly region: string;
  readonly account: string;
  /** Names of the custom buses; `default` always exists. */
  readonly buses: readonly string[];
  readonly rules: readonly Rule[];
  readonly targets: EventTargets;
  readonly clock: LocalClock;
  /** The randomness of the waits between retries. */
  readonly seed?: number;
  readonly failures?: InjectedDeliveryFailures;
  readonly observer?: EventBridgeObserver;
};

const checkRules = (rules: readonly Rule[], buses: ReadonlySet<string>): void => {
  const stray = rules.find((rule) => !buses.has(rule.busName));
  if (stray) {
    throw new Error(
      `Rule ${stray.name} is on the event bus ${stray.busName}, which does not exist; there are ${[...buses].join(', ')}.`,
    );
  }
};

/** An event that is taken after the end would be lost. */
const stopping = (): AwsError =>
  new AwsError('The local stack is stopping.', { code: 'ServiceUnavailable', status: 503 });

const scheduledEvent = (rule: Rule, account: string, region: string, at: number): BusEvent => ({
  id: randomUUID(),
  source: 'aws.events',
  detailType: 'Scheduled Event',
  account,
  time: envelopeTime(at),
  region,
  resources: [rule.arn],
  detail: '{}',
});

/**
 * Starts the buses of one Region.
 *
 * @throws {Error} if a rule names a bus that does not exist.
 */
export const createEventBridge = (options: EventBridgeOptions): EventBridge => {
  const { region, account, rules, targets, clock, observer } = options;
  const buses = new Set(['default', ...options.buses]);
  checkRules(rules, buses);
  const engine = createDeliveryEngine({
    clock,
    random: createRandom(options.seed ?? 0),
    sendToQueue: targets.sendToQueue,
    ...(observer && { observer }),
    ...(options.failures && { failures: options.failures }),
  });

  let stopped = false;

  const deliver = (rule: Rule, arrival: Arrival): void => {
    for (const target of rule.targets) engine.deliver(deliveryOf(targets, rule, target, arrival));
  };

  const publish = (busName: string, arrival: Arrival): void => {
    observer?.arrived?.(arrival.event, busName, arrival.hop);
    const flat = readEvent(envelopeText(arrival.event));
    for (const rule of rules) {
      if (rule.busName !== busName || !rule.enabled) continue;
      if (rule.pattern?.compiled.matches(flat)) deliver(rule, arrival);
    }
  };

  /**
   * False when publishing throws: the entry fails alone, since the ones before it have been
   * delivered.
   */
  const publishEntry = ({ busName, event }: Accepted): boolean => {
    const description = `event ${event.id} (${event.detailType})`;
    try {
      if (buses.has(busName)) publish(busName, { event, hop: undefined });
      else {
        reportDropped(
          observer,
          description,
          `there is no event bus ${busName} in ${region}; AWS acknowledges such events and loses them`,
        );
      }
      return true;
    } catch (error) {
      reportDropped(observer, description, String(error));
      return false;
    }
  };

  return {
    region,
    account,
    buses: [...buses],
    rules,
    putEvents: (entries, traceHeader) => {
      if (stopped) throw stopping();
      const origin = { region, account, now: clock.now(), traceHeader };
      const { result, accepted } = acceptEntries(entries, origin);
      const failed = accepted.filter((entry) => !publishEntry(entry)).map(({ index }) => index);
      return failed.length === 0 ? result : withFailures(result, failed);
    },
    receive: (busArn, event, hop) => {
      const arn = parseArn(busArn);
      if (arn && arn.account !== account) return 'denied';
      if (stopped) return 'unreachable';
      const busName = arn?.resource.replace(/^event-bus\//, '') ?? busArn;
      if (!buses.has(busName)) return 'missing';
      const fresh = { id: randomUUID(), time: envelopeTime(clock.now()) };
      publish(busName, { event: hop.fromRegion === region ? event : { ...event, ...fresh }, hop });
      return 'accepted';
    },
    fire: (rule, scheduledAt) =>
      deliver(rule, {
        event: scheduledEvent(rule, account, region, scheduledAt),
        hop: undefined,
      }),
    idle: engine.idle,
    retryNow: engine.retryNow,
    stop: () => {
      stopped = true;
      return engine.stop();
    },
  };
};
