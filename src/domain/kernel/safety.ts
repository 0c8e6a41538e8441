import { InvariantViolation } from './fault.ts';

/**
 * Times that keep a service safe only together: an event is lost or handled twice where their order
 * is broken.
 */
export type Safety = {
  /**
   * How long after COMMIT only the command publishes an event. Then the relay may. Milliseconds.
   */
  readonly outboxGraceMs: number;
  /** An event that has waited so long is published by the other Region. Milliseconds. */
  readonly outboxTakeoverAgeMs: number;
  /** The age of an unpublished event that raises the alarm. Milliseconds. */
  readonly outboxLateMs: number;
  /** Published events are kept so long, for a Region that is lost with its bus. Milliseconds. */
  readonly outboxReplayWindowMs: number;
  /** How long a consumer recognises an event that comes again. Milliseconds. */
  readonly inboxRetentionMs: number;
  /** Between the starts of two runs of the relay. Seconds. */
  readonly relayRateSeconds: number;
  /** How long a run of the relay may take. Seconds. */
  readonly relayTimeoutSeconds: number;
  /** How long a migration at a deployment may take. Seconds. */
  readonly migrationTimeoutSeconds: number;
};

/** The two times that a deployment chooses, and the derived ones that it sets itself. */
export type SafetyOptions = Partial<Safety> & {
  /** How long a function that answers or consumes may run, 1 to 900. Seconds. */
  readonly functionTimeoutSeconds: number;
  /** How long the archive of the bus can bring an event back. Days. */
  readonly eventRetentionDays: number;
};

const daysMs = 24 * 3_600_000;

/** Lambda's maximum of a function's timeout. */
const functionTimeoutSecondsMax = 900;

/**
 * A command publishes its own events right after COMMIT, for as long as its function may run. The
 * margin is for the clocks of the function and of the database, which differ.
 */
const outboxGraceMarginMs = 1_000;

/**
 * The Scheduler's shortest rate. An event that its command could not publish waits about this long.
 */
const relayRateSeconds = 60;

/**
 * The slowest rate of a relay, 12 hours. An alarm looks at a period of a day at most
 * (CloudWatch's limit), in which two runs must report.
 */
export const relayRateSecondsMax: number = 12 * 3_600;

/** A run ends before the next one is due, with time for its start and its last metrics. */
const relayIdleSeconds = 10;

/**
 * A run needs two seconds for a batch, and stops before its deadline: less time, and it publishes
 * nothing.
 */
const relayTimeoutSecondsMin = 10;

/** One run may be late or fail. After two, the Region of an event is taken for lost. */
const takeoverRunsMin = 2;

/**
 * An alarm comes when an event is this many takeover ages old. Both Regions have then had the time
 * of several runs.
 */
const lateTakeoverAges = 5;

/** EventBridge tries to deliver an event for 24 hours, and loses it with its Region. */
const outboxReplayWindowMs = daysMs;

/**
 * An event that the archive or the outbox brings back may lie in a dead-letter queue for 14 days,
 * as long as SQS keeps a message, and be tried again for 2.
 */
const inboxMarginDays = 16;

type Times = Safety & Pick<SafetyOptions, 'functionTimeoutSeconds' | 'eventRetentionDays'>;

type Rule = { readonly broken: (times: Times) => boolean; readonly text: (t: Times) => string };

const inboxRetentionMsMin = (times: Pick<Times, 'eventRetentionDays' | 'outboxReplayWindowMs'>) =>
  Math.max(times.eventRetentionDays * daysMs, times.outboxReplayWindowMs) +
  inboxMarginDays * daysMs;

const takeoverAgeMsMin = ({ relayRateSeconds: rate }: Pick<Times, 'relayRateSeconds'>): number =>
  takeoverRunsMin * rate * 1_000;

/** The own Region's relay may take an event after the grace, and has a run for it. */
const ownRunEndsMs = (times: Pick<Times, 'outboxGraceMs' | 'relayRateSeconds'>): number =>
  times.outboxGraceMs + times.relayRateSeconds * 1_000;

const withinLambda = (name: keyof Times): Rule => ({
  broken: (times) => times[name] > functionTimeoutSecondsMax,
  text: () => `must be at most ${functionTimeoutSecondsMax}, Lambda's longest timeout`,
});

/** The rules for one time, in the order in which an error names them. */
const rules: readonly (readonly [keyof Times, Rule])[] = [
  ['functionTimeoutSeconds', withinLambda('functionTimeoutSeconds')],
  ['migrationTimeoutSeconds', withinLambda('migrationTimeoutSeconds')],
  ['relayTimeoutSeconds', withinLambda('relayTimeoutSeconds')],
  [
    'outboxGraceMs',
    {
      broken: (times) => times.outboxGraceMs <= times.functionTimeoutSeconds * 1_000,
      text: ({ functionTimeoutSeconds }) =>
        `must be more than the function's timeout of ${functionTimeoutSeconds * 1_000} ms: the relay would publish what its command is publishing`,
    },
  ],
  [
    'relayRateSeconds',
    {
      broken: (times) => times.relayRateSeconds % 60 !== 0,
      text: () => 'must be whole minutes: the Scheduler knows no shorter rate',
    },
  ],
  [
    'relayRateSeconds',
    {
      broken: (times) => times.relayRateSeconds > relayRateSecondsMax,
      text: () =>
        `must be at most ${relayRateSecondsMax}, 12 hours: no alarm looks at two runs that are further apart`,
    },
  ],
  [
    'relayTimeoutSeconds',
    {
      broken: (times) => times.relayTimeoutSeconds < relayTimeoutSecondsMin,
      text: () =>
        `must be at least ${relayTimeoutSecondsMin}: a shorter run ends before it publishes`,
    },
  ],
  [
    'relayTimeoutSeconds',
    {
      broken: (times) => times.relayTimeoutSeconds >= times.relayRateSeconds,
      text: (times) =>
        `must be less than the relay's rate of ${times.relayRateSeconds} s: a run would meet the next one`,
    },
  ],
  [
    'outboxTakeoverAgeMs',
    {
      broken: (times) => times.outboxTakeoverAgeMs < takeoverAgeMsMin(times),
      text: (times) =>
        `must be at least two runs of the relay, ${takeoverAgeMsMin(times)} ms: one late run would look like a lost Region`,
    },
  ],
  [
    'outboxTakeoverAgeMs',
    {
      broken: (times) => times.outboxTakeoverAgeMs < ownRunEndsMs(times),
      text: (times) =>
        `must be at least a run of the relay more than the grace, ${ownRunEndsMs(times)} ms: the other Region would publish before this one may`,
    },
  ],
  [
    'outboxReplayWindowMs',
    {
      broken: (times) => times.outboxReplayWindowMs < outboxReplayWindowMs,
      text: () =>
        `must be at least ${outboxReplayWindowMs}, a day: EventBridge may still lose an event that it has taken`,
    },
  ],
  [
    'outboxLateMs',
    {
      broken: (times) => times.outboxLateMs <= times.outboxTakeoverAgeMs,
      text: (times) =>
        `must be more than the takeover age of ${times.outboxTakeoverAgeMs} ms: the alarm would come before the other Region can help`,
    },
  ],
  [
    'inboxRetentionMs',
    {
      broken: (times) => times.inboxRetentionMs < inboxRetentionMsMin(times),
      text: (times) =>
        `must be at least ${inboxRetentionMsMin(times)} ms, ${inboxMarginDays} days more than the archive and the outbox keep an event: one that comes back would take effect twice`,
    },
  ],
];

const requireWholeNumbers = (times: Times): void => {
  for (const [name, value] of Object.entries(times)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new InvariantViolation(`${name} is ${value}: it must be a whole number from 1`);
  }
};

/**
 * Derives the times that keep a service safe from the two that a deployment chooses.
 *
 * A derived time may be set, as long as the rules hold. The times that depend on it are derived
 * from the set one.
 *
 * @throws {InvariantViolation} with one line that names the time and the rule that it breaks
 * @example
 * deriveSafety({ functionTimeoutSeconds: 15, eventRetentionDays: 14 }).outboxGraceMs; // 16_000
 */
export const deriveSafety = (options: SafetyOptions): Safety => {
  const { functionTimeoutSeconds, eventRetentionDays } = options;
  const rate = options.relayRateSeconds ?? relayRateSeconds;
  const replayWindowMs = options.outboxReplayWindowMs ?? outboxReplayWindowMs;
  const graceMs = options.outboxGraceMs ?? functionTimeoutSeconds * 1_000 + outboxGraceMarginMs;
  const takeoverAgeMs =
    options.outboxTakeoverAgeMs ??
    Math.max(
      takeoverAgeMsMin({ relayRateSeconds: rate }),
      ownRunEndsMs({ outboxGraceMs: graceMs, relayRateSeconds: rate }),
    );
  const kept = { eventRetentionDays, outboxReplayWindowMs: replayWindowMs };
  const safety: Safety = {
    outboxGraceMs: graceMs,
    outboxTakeoverAgeMs: takeoverAgeMs,
    outboxLateMs: options.outboxLateMs ?? takeoverAgeMs * lateTakeoverAges,
    outboxReplayWindowMs: replayWindowMs,
    inboxRetentionMs: options.inboxRetentionMs ?? inboxRetentionMsMin(kept),
    relayRateSeconds: rate,
    relayTimeoutSeconds:
      options.relayTimeoutSeconds ?? Math.min(rate - relayIdleSeconds, functionTimeoutSecondsMax),
    // Building an index on a table with data takes minutes.
    migrationTimeoutSeconds: options.migrationTimeoutSeconds ?? functionTimeoutSecondsMax,
  };
  const times = { ...safety, functionTimeoutSeconds, eventRetentionDays };
  requireWholeNumbers(times);
  for (const [name, { broken, text }] of rules) {
    if (broken(times)) throw new InvariantViolation(`${name} is ${times[name]}: it ${text(times)}`);
  }
  return safety;
};
