import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type CanaryMinutes, canaryMinutes } from '../canary/canary.ts';

/** The settings of the operation of a deployment; docs/monitoring.md has the cost of each. */
export type OperationsConfig = {
  /** Whether there are alarms beside those of the queues and the relay. */
  readonly alarms: boolean;
  /** Hears of all alarms; empty for nobody. */
  readonly alarmEmail: string;
  /** The 99th percentile of the API's time that users still bear. */
  readonly apiLatencyMsMax: number;
  /** The share of requests that must succeed in 30 days; `off` for no objective. */
  readonly availabilityPercent: number | 'off';
  readonly dashboards: boolean;
  /** How long the logs of functions and of the bus are kept. */
  readonly logRetentionDays: RetentionDays;
  /**
   * The principals that may send events of the service beside the service: `people` of IAM and of
   * Identity Center, `nobody`, or ARNs.
   */
  readonly eventSenders: 'people' | 'nobody' | readonly string[];
  /** How long a daily backup and its copy are kept; 0 for none. */
  readonly backupDays: number;
  /**
   * Whether the vaults refuse to delete backups before their time: for everybody but those who may
   * take the lock away, or, three days after it was set, for everybody.
   */
  readonly backupLock: 'off' | 'governance' | 'compliance';
  /** Whether each Region has an experiment, in which its cluster refuses connections. */
  readonly faultExperiment: boolean;
  /** The budget of a month for all that carries the tag `Application`; 0 for none. */
  readonly budgetUsd: number;
  /**
   * How long a new version of the API takes a tenth of the requests, before it takes all; 0 for
   * none of the two versions side by side. Minutes: 5, 10, 15 or 30.
   */
  readonly canaryMinutes: CanaryMinutes | 0;
  /** Whether each stack has a customer key for all that it keeps. */
  readonly customerKey: boolean;
  /** Whether functions and clusters meet in a VPC without a way to the internet. */
  readonly privateNetwork: boolean;
};

/** Reads one variable, or notes what is wrong with it and how to put it right. */
type Read<T> = (name: string, fallback: T) => T;

/** The readers of `readConfig`. */
export type Readers = {
  readonly matching: (pattern: RegExp, rule: string) => Read<string>;
  readonly whole: (min: number, max: number) => Read<number>;
  readonly chosen: <Value extends number>(values: readonly Value[]) => Read<Value>;
  readonly toggle: Read<boolean>;
};

/** An address of one person or list; SNS sends it a mail to confirm. */
const emailPattern = /^(?:|[^\s@"'<>]{1,64}@[A-Za-z0-9.-]{1,255})$/;

/** 95 to 99.999, with at most three decimals. */
const availabilityPattern = /^(?:off|9[5-9](?:\.\d{1,3})?)$/;

/** The days that CloudWatch Logs takes (API reference, `PutRetentionPolicy`). */
const retentionDays: readonly RetentionDays[] = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** Up to ten principals of IAM; the policy of a bus has 10,240 characters at most. */
const sendersPattern =
  /^(?:people|nobody|arn:aws[a-z-]{0,8}:iam::\d{12}:[\w+=,.@/*-]{1,120}(?: arn:aws[a-z-]{0,8}:iam::\d{12}:[\w+=,.@/*-]{1,120}){0,9})$/;

const lockPattern = /^(?:off|governance|compliance)$/;

/** The settings that need another one. */
export const operationsProblems = (
  config: OperationsConfig & { readonly protectData: boolean },
): readonly string[] => {
  const { backupLock, backupDays, faultExperiment, alarms, budgetUsd, alarmEmail } = config;
  return [
    ...(budgetUsd > 0 && alarmEmail === ''
      ? ['BUDGET_USD needs ALARM_EMAIL, the address that hears of it']
      : []),
    ...(backupLock !== 'off' && backupDays === 0
      ? ['BACKUP_LOCK needs BACKUP_DAYS, for which it locks the backups']
      : []),
    ...(backupLock === 'compliance' && !config.protectData
      ? ['BACKUP_LOCK=compliance needs PROTECT_DATA=on: nobody can delete a vault with its backups']
      : []),
    ...(faultExperiment && !alarms ? ['FAULT_EXPERIMENT needs ALARMS=on: an alarm stops it'] : []),
  ];
};

/** Reads the settings of the operation; each has a default. */
export const readOperations = ({ matching, whole, chosen, toggle }: Readers): OperationsConfig => {
  const email = matching(emailPattern, 'use one address, such as on-call@example.com');
  const share = matching(availabilityPattern, 'use off, or a percentage from 95 to 99.999');
  const availability = share('AVAILABILITY_PERCENT', 'off');
  const senders = matching(sendersPattern, 'use people, nobody, or ARNs with a space between');
  const eventSenders = senders('EVENT_SENDERS', 'people');
  const lock = matching(lockPattern, 'use off, governance or compliance')('BACKUP_LOCK', 'off');
  return {
    alarms: toggle('ALARMS', true),
    alarmEmail: email('ALARM_EMAIL', ''),
    apiLatencyMsMax: whole(1, 900_000)('API_LATENCY_MS_MAX', 3_000),
    availabilityPercent: availability === 'off' ? 'off' : Number(availability),
    dashboards: toggle('DASHBOARDS', true),
    logRetentionDays: chosen(retentionDays)('LOG_RETENTION_DAYS', 30),
    eventSenders:
      eventSenders === 'people' || eventSenders === 'nobody'
        ? eventSenders
        : eventSenders.split(' '),
    backupDays: whole(0, 36_500)('BACKUP_DAYS', 0),
    canaryMinutes: chosen([0, ...canaryMinutes])('CANARY_MINUTES', 0),
    backupLock: lock === 'governance' || lock === 'compliance' ? lock : 'off',
    faultExperiment: toggle('FAULT_EXPERIMENT', false),
    privateNetwork: toggle('PRIVATE_NETWORK', false),
    customerKey: toggle('CUSTOMER_KEY', false),
    budgetUsd: whole(0, 1_000_000)('BUDGET_USD', 0),
  };
};
