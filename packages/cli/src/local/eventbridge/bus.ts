import { randomUUID } from 'node:crypto';
import { parseArn } from '../arn.ts';
import { AwsError } from '../aws-json.ts';
import type { LocalClock } from '../clock.ts';
import { noOutage, type Outage } from '../outage.ts';
import { type Archive, type ArchiveDefinition, sourceBusOf } from './archive.ts';
import { createArchives, createRules } from './bus-contents.ts';
import { createDeliveryEngine, type DeliveryObserver, reportDropped } from './delivery.ts';
import { type BusEvent, envelopeText, envelopeTime, type Hop } from './event.ts';
import { createRandom, type InjectedDeliveryFailures } from './failure-injection.ts';
import { readEvent } from './pattern/pattern-event.ts';
import type { FieldMismatch } from './pattern/pattern-mismatch.ts';
import {
  type Accepted,
  acceptEntries,
  type Denies,
  nobody,
  type PutEventsEntry,
  type PutEventsResult,
  type PutEventsResultEntry,
  withFailures,
} from './put-events.ts';
import { createReplays, type Replays } from './replays.ts';
import type { Rule } from './rule.ts';
import { type Arrival, deliveryOf, type EventTargets } from './targets.ts';

/** The answer of a rule to an event. */
export type Evaluation =
  | { readonly kind: 'matched' | 'disabled' }
  | { readonly kind: 'unmatched'; readonly fields: readonly FieldMismatch[] };

/** Watches the buses of one Region: deliveries, and every event that a bus takes. */
export interface EventBridgeObserver extends DeliveryObserver {
  readonly arrived?: (event: BusEvent, busName: string, hop: Hop | undefined) => void;
  /** Called for each rule with a pattern on the bus of an event. */
  readonly evaluated?: (event: BusEvent, rule: Rule, evaluation: Evaluation) => void;
  /** Called for each entry of PutEvents that has failed. */
  readonly refused?: (
    entry: PutEventsEntry,
    error: Extract<PutEventsResultEntry, { readonly ErrorCode: string }>,
  ) => void;
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
    senderArn?: string,
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
  /** The buses, rules and archives as they are now. */
  readonly buses: readonly string[];
  readonly rules: readonly Rule[];
  readonly putBus: (name: string) => void;
  readonly removeBus: (name: string) => void;
  /**
   * Makes a rule, or changes one; deliveries that are under way go on.
   *
   * @throws {Error} if it names a bus that does not exist.
   */
  readonly putRule: (rule: Rule) => void;
  readonly removeRule: (arn: string) => void;
  /** Makes an archive, or changes one, which keeps its events. */
  readonly putArchive: (archive: ArchiveDefinition) => void;
  readonly removeArchive: (arn: string) => void;
  /** Whether a rule sends events to its targets now. */
  readonly isEnabled: (rule: Rule) => boolean;
  readonly setEnabled: (rule: Rule, enabled: boolean) => void;
  readonly archives: readonly Archive[];
  readonly replays: Replays;
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
  readonly archives?: readonly ArchiveDefinition[];
  readonly targets: EventTargets;
  readonly clock: LocalClock;
  /** The randomness of the waits between retries. */
  readonly seed?: number;
  readonly failures?: InjectedDeliveryFailures;
  readonly observer?: EventBridgeObserver;
  /** While it lasts the buses take nothing, and keep what they have taken. */
  readonly outage?: Outage;
  readonly denies?: Denies;
};

/** An event that is taken after the end would be lost. */
const stopping = (): AwsError =>
  new AwsError('The local stack is stopping.', { code: 'ServiceUnavailable', status: 503 });

const unavailable = (region: string): AwsError =>
  new AwsError(`${region} is stopped.`, { code: 'ServiceUnavailable', status: 503 });

const noSuchBus = (busName: string, region: string): string =>
  `there is no event bus ${busName} in ${region}; AWS acknowledges such events and loses them`;

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

/** The name of the bus of this account that an ARN means; `undefined` for another account's. */
const ownBus = (arnText: string, account: string): string | undefined => {
  const arn = parseArn(arnText);
  if (arn && arn.account !== account) return undefined;
  return arn?.resource.replace(/^event-bus\//, '') ?? arnText;
};

/** The way of an event from its bus to the archives and to the targets of the rules. */
const createPublishing = (options: EventBridgeOptions, buses: Set<string>) => {
  const { targets, clock, observer } = options;
  const engine = createDeliveryEngine({
    clock,
    random: createRandom(options.seed ?? 0),
    sendToQueue: targets.sendToQueue,
    ...(observer && { observer }),
    ...(options.failures && { failures: options.failures }),
    ...(options.outage && { outage: options.outage }),
  });
  const archives = createArchives(clock.now);
  for (const archive of options.archives ?? []) archives.put(archive);
  const rules = createRules(buses);
  for (const rule of options.rules) rules.put(rule);

  const deliver = (rule: Rule, arrival: Arrival): void => {
    for (const target of rule.targets) engine.deliver(deliveryOf(targets, rule, target, arrival));
  };

  /** @param ruleArns the rules that may get it, if not all may */
  const publish = (busName: string, arrival: Arrival, ruleArns?: readonly string[]): void => {
    observer?.arrived?.(arrival.event, busName, arrival.hop);
    const { event } = arrival;
    const flat = readEvent(envelopeText(event));
    for (const archive of archives.ofBus(busName)) archive.keep(event, flat);
    for (const rule of rules.all()) {
      if (rule.busName !== busName || (ruleArns && !ruleArns.includes(rule.arn))) continue;
      const { compiled } = rule.pattern ?? {};
      if (!compiled) continue;
      if (!rules.switches.isEnabled(rule)) observer?.evaluated?.(event, rule, { kind: 'disabled' });
      else if (compiled.matches(flat)) {
        observer?.evaluated?.(event, rule, { kind: 'matched' });
        deliver(rule, arrival);
      } else if (observer?.evaluated) {
        const fields = compiled.mismatches(flat);
        observer.evaluated(event, rule, { kind: 'unmatched', fields });
      }
    }
  };

  return { engine, archives, rules, deliver, publish };
};

const reportRefused = (
  observer: EventBridgeObserver | undefined,
  entries: readonly PutEventsEntry[],
  { Entries }: PutEventsResult,
): void => {
  for (const [index, result] of Entries.entries()) {
    const entry = entries[index];
    if (entry && 'ErrorCode' in result) observer?.refused?.(entry, result);
  }
};

/**
 * Starts the buses of one Region.
 *
 * @throws {Error} if a rule names a bus that does not exist.
 */
export const createEventBridge = (options: EventBridgeOptions): EventBridge => {
  const { region, account, clock, observer, outage = noOutage, denies = nobody } = options;
  const buses = new Set(['default', ...options.buses]);
  const { engine, archives, rules, deliver, publish } = createPublishing(options, buses);
  let stopped = false;

  const dropped = ({ event }: Accepted, reason: string): void =>
    reportDropped(observer, `event ${event.id} (${event.detailType})`, reason);

  /**
   * False when publishing throws, or the entry is to fail: it fails alone, since the ones before it
   * have been delivered.
   */
  const publishEntry = (entry: Accepted): boolean => {
    const { busName, event } = entry;
    if (options.failures?.refusesEntry?.()) return false;
    try {
      if (buses.has(busName)) publish(busName, { event, hop: undefined });
      else dropped(entry, noSuchBus(busName, region));
      return true;
    } catch (error) {
      dropped(entry, String(error));
      return false;
    }
  };

  const replays = createReplays({
    region,
    account,
    now: clock.now,
    publish: (archive, event, ruleArns) =>
      publish(sourceBusOf(archive.definition), { event, hop: undefined }, ruleArns),
  });

  return {
    region,
    account,
    get buses() {
      return [...buses];
    },
    get rules() {
      return rules.all();
    },
    get archives() {
      return archives.all();
    },
    putBus: (name) => void buses.add(name),
    removeBus: (name) => void buses.delete(name),
    putRule: rules.put,
    removeRule: rules.remove,
    putArchive: archives.put,
    removeArchive: archives.remove,
    ...rules.switches,
    replays,
    putEvents: (entries, traceHeader, senderArn) => {
      if (stopped) throw stopping();
      // The request came before the Region was stopped. Its answer reaches nobody.
      if (outage.lasts()) throw unavailable(region);
      const isDenied = (busName: string, source: string) => denies(busName, source, senderArn);
      const origin = { region, account, now: clock.now(), traceHeader, isDenied };
      const { result, accepted } = acceptEntries(entries, origin);
      const failed = accepted.filter((entry) => !publishEntry(entry)).map(({ index }) => index);
      const answer = failed.length === 0 ? result : withFailures(result, failed);
      reportRefused(observer, entries, answer);
      return answer;
    },
    receive: (busArn, event, hop) => {
      const busName = ownBus(busArn, account);
      if (busName === undefined) return 'denied';
      if (stopped || outage.lasts()) return 'unreachable';
      if (!buses.has(busName)) return 'missing';
      if (denies(busName, event.source, hop.roleArn)) return 'denied';
      const fresh = { id: randomUUID(), time: envelopeTime(clock.now()) };
      publish(busName, { event: hop.fromRegion === region ? event : { ...event, ...fresh }, hop });
      return 'accepted';
    },
    fire: (rule, scheduledAt) => {
      const event = scheduledEvent(rule, account, region, scheduledAt);
      if (rules.switches.isEnabled(rule)) deliver(rule, { event, hop: undefined });
    },
    idle: async () => {
      await replays.idle();
      await engine.idle();
    },
    retryNow: engine.retryNow,
    stop: () => {
      stopped = true;
      replays.stop();
      return engine.stop();
    },
  };
};
