/** Settings that the clients of a service share; what is absent the SDK finds by itself. */
export type ClientSettings = {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler?: Patience;
};

/**
 * Settings of a client of SQS. It asks the endpoint as every other client does: otherwise it warns
 * at each request where the address of a queue has another host, as behind `AWS_ENDPOINT_URL`.
 */
export const queueSettings = (settings: ClientSettings) => ({
  ...settings,
  useQueueUrlAsEndpoint: false,
});

/** How long a client waits for a connection and for an answer. Milliseconds. */
export type Patience = {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  /** Without it the SDK warns, and waits on. */
  readonly throwOnRequestTimeout: true;
};

/**
 * The wait for one attempt. The SDK has no limit of its own, so that a command would hang where an
 * endpoint takes connections but does not answer.
 */
export const patienceOf = (requestTimeout: number): Patience => ({
  connectionTimeout: Math.min(3_000, requestTimeout),
  requestTimeout,
  throwOnRequestTimeout: true,
});

/** An answer of a control plane takes a second or two. Milliseconds. */
export const answerMsMax = 10_000;

/**
 * Loads a client of the AWS SDK when a command needs it: most are optional peers of this package.
 *
 * @throws {Error} with one line that says what to install
 */
const loaded = async <Module>(name: string, load: () => Promise<Module>): Promise<Module> => {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new Error(`${name} is not installed: npm install --save-dev ${name}`, { cause });
  }
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';

/** Whether this program finds a package. */
const isInstalled = (name: string): boolean => {
  try {
    import.meta.resolve(name);
    return true;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return false;
  }
};

/**
 * Refuses to begin a command that would stop at one missing package after another.
 *
 * @throws {Error} with one line that names all that are missing
 */
export const requirePackages = (names: readonly string[], isThere = isInstalled): void => {
  const missing = names.filter((name) => !isThere(name));
  if (missing.length === 0) return;
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new Error(
    `${missing.join(', ')} ${verb} not installed: npm install --save-dev ${missing.join(' ')}`,
  );
};

export const loadCloudFormation = () =>
  loaded('@aws-sdk/client-cloudformation', () => import('@aws-sdk/client-cloudformation'));

export const loadEventBridge = () =>
  loaded('@aws-sdk/client-eventbridge', () => import('@aws-sdk/client-eventbridge'));

export const loadLambda = () =>
  loaded('@aws-sdk/client-lambda', () => import('@aws-sdk/client-lambda'));

export const loadSqs = () => loaded('@aws-sdk/client-sqs', () => import('@aws-sdk/client-sqs'));

/** The part of the client of CloudWatch Logs that is used. */
export type CloudWatchLogs = {
  readonly CloudWatchLogsClient: new (
    settings: ClientSettings,
  ) => {
    readonly send: (command: object) => Promise<FilteredLogEvents>;
    readonly destroy: () => void;
  };
  readonly FilterLogEventsCommand: new (
    input: Readonly<Record<string, string | number | undefined>>,
  ) => object;
};

/** An answer of `FilterLogEvents`. */
type FilteredLogEvents = {
  readonly events?: readonly {
    readonly eventId?: string;
    readonly timestamp?: number;
    readonly message?: string;
  }[];
  readonly nextToken?: string;
};

const cloudWatchLogs: string = '@aws-sdk/client-cloudwatch-logs';

export const loadCloudWatchLogs = (): Promise<CloudWatchLogs> =>
  loaded(cloudWatchLogs, () => import(cloudWatchLogs) as Promise<CloudWatchLogs>);

export const loadDsql = () => loaded('@aws-sdk/client-dsql', () => import('@aws-sdk/client-dsql'));

/** The part of a client of the AWS SDK that is used of packages without types here. */
type Client<Answer> = new (
  settings: ClientSettings,
) => { readonly send: (command: object) => Promise<Answer>; readonly destroy: () => void };

type Command = new (input: object) => object;

/** An alarm as `DescribeAlarms` answers it. */
export type DescribedAlarm = {
  readonly AlarmName?: string;
  readonly StateValue?: string;
  readonly StateReason?: string;
  readonly AlarmActions?: readonly string[];
  readonly ActionsEnabled?: boolean;
  readonly AlarmRule?: string;
};

/** The part of the client of CloudWatch that is used. */
type CloudWatch = {
  readonly CloudWatchClient: Client<{
    readonly MetricAlarms?: readonly DescribedAlarm[];
    readonly CompositeAlarms?: readonly DescribedAlarm[];
  }>;
  readonly DescribeAlarmsCommand: Command;
};

/** The part of the client of EventBridge Scheduler that is used. */
type Scheduler = {
  readonly SchedulerClient: Client<{
    readonly State?: string;
    readonly ScheduleExpression?: string;
    readonly CreationDate?: Date;
    readonly Target?: { readonly Arn?: string };
  }>;
  readonly GetScheduleCommand: Command;
};

const cloudWatch: string = '@aws-sdk/client-cloudwatch';
const scheduler: string = '@aws-sdk/client-scheduler';

export const loadCloudWatch = (): Promise<CloudWatch> =>
  loaded(cloudWatch, () => import(cloudWatch) as Promise<CloudWatch>);

export const loadScheduler = (): Promise<Scheduler> =>
  loaded(scheduler, () => import(scheduler) as Promise<Scheduler>);
