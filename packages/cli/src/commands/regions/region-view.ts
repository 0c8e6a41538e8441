import type { VerificationRequest } from 'antipode/internal/domain';
import { verificationFailureMember, verificationMember } from 'antipode/internal/domain';
import { type FoundService, resourceIds } from '../service/find-service.ts';
import { type LogLines, readLastLines, readLines } from './log-lines.ts';
import { type Clients, createClients } from './region-clients.ts';

/** A cluster of DSQL as its control plane describes it. */
export type ClusterView = {
  readonly status: string;
  readonly witnessRegion: string | undefined;
  /** ARNs of the clusters of the pair. */
  readonly clusters: readonly string[];
};

/** A deployed function. */
export type FunctionView = {
  readonly name: string;
  /** ARN of its IAM role. */
  readonly role: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** An alarm. */
export type AlarmView = {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly actions: readonly string[];
  /** Of a composite alarm: `ALARM("arn or name")`, joined by AND and OR. */
  readonly rule?: string | undefined;
};

/** A queue. */
export type QueueView = {
  /** Those that are being handled included. */
  readonly messages: number;
  /** Whether a queue of failures takes what this one gives up: it is a queue of work then. */
  readonly isOfWork: boolean;
};

/** A rule on a bus. */
export type RuleView = { readonly isEnabled: boolean; readonly targets: number };

/** A schedule. */
export type ScheduleView = {
  readonly isEnabled: boolean;
  /** ARN of its target. */
  readonly target: string;
  /** Such as `rate(1 minute)`. */
  readonly expression: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number | undefined;
};

/** Reads lines of a function's log that have a text, from a time on. */
export type ReadLogLines = (
  functionName: string,
  pattern: string,
  since: number,
  linesMax: number,
) => Promise<LogLines>;

/** A cluster of the account, and its `Name` tag. */
export type NamedCluster = {
  readonly arn: string;
  readonly status: string;
  readonly name: string | undefined;
};

/** The services of one Region, as far as operators look at a deployed service by them. */
export interface RegionView {
  readonly region: string;
  readonly stack: string;
  /** Origin of the local stack; absent in AWS. */
  readonly endpoint: string | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  /** The ids of the stack's resources of one type. */
  readonly ids: (type: string) => readonly string[];
  readonly cluster: (identifier: string) => Promise<ClusterView>;
  /** All clusters of the account in the Region. */
  readonly clusters: () => Promise<readonly NamedCluster[]>;
  readonly functionNamed: (name: string) => Promise<FunctionView>;
  /** Asks a function to verify itself. @throws {Error} of the function, in one line. */
  readonly ask: (functionName: string, request: VerificationRequest) => Promise<unknown>;
  /** @param id as `Ref` gives it: `bus|name`, or the name alone. */
  readonly rule: (id: string) => Promise<RuleView>;
  readonly schedule: (name: string) => Promise<ScheduleView>;
  readonly queue: (queueUrl: string) => Promise<QueueView>;
  readonly alarms: (names: readonly string[]) => Promise<readonly AlarmView[]>;
  /** The oldest lines of a function's log since a time that have a text. */
  readonly lines: ReadLogLines;
  /** The newest ones of them. */
  readonly lastLines: ReadLogLines;
  readonly close: () => void;
}

/** Waits for a relay with `RESERVE_CONCURRENCY`. Attempts, and milliseconds between two. */
const throttledMax = 20;
const throttledMs = 500;

const isThrottled = (error: unknown): boolean =>
  error instanceof Error && error.name === 'TooManyRequestsException';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A failure as Lambda and a verification put it: `{"errorType", "errorMessage"}`. */
const failureOf = ({ errorType, errorMessage }: Readonly<Record<string, unknown>>): Error => {
  const [line = ''] = String(errorMessage).split('\n');
  return Object.assign(new Error(line), { name: String(errorType) });
};

/** The answer in the payload of an invocation. @throws {Error} for a failure. */
const answerIn = (payload: string, isFailure: boolean): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (cause) {
    throw new Error(payload.slice(0, 300), { cause });
  }
  if (isFailure) throw failureOf(Object(value));
  const { [verificationFailureMember]: failure } = Object(value) as Record<string, unknown>;
  if (failure !== undefined) throw failureOf(Object(failure));
  return value;
};

const asking =
  ({ lambda }: Clients): RegionView['ask'] =>
  async (FunctionName, request) => {
    const { sdk, client } = await lambda();
    const Payload = Buffer.from(JSON.stringify({ [verificationMember]: request }));
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await client.send(new sdk.InvokeCommand({ FunctionName, Payload }));
        const text = Buffer.from(answer.Payload ?? []).toString();
        return answerIn(text, answer.FunctionError !== undefined);
      } catch (error) {
        if (!isThrottled(error) || attempt === throttledMax) throw error;
        await sleep(throttledMs);
      }
    }
  };

const ruleIn =
  ({ events }: Clients): RegionView['rule'] =>
  async (id) => {
    const { sdk, client } = await events();
    const [bus, name] = id.includes('|') ? id.split('|') : [undefined, id];
    const on = bus === undefined ? {} : { EventBusName: bus };
    const { State } = await client.send(new sdk.DescribeRuleCommand({ Name: name, ...on }));
    const { Targets = [] } = await client.send(
      new sdk.ListTargetsByRuleCommand({ Rule: name, ...on }),
    );
    return { isEnabled: State === 'ENABLED', targets: Targets.length };
  };

const scheduleIn =
  ({ scheduler }: Clients): RegionView['schedule'] =>
  async (Name) => {
    const { sdk, client } = await scheduler();
    const found = await client.send(new sdk.GetScheduleCommand({ Name }));
    return {
      isEnabled: found.State === 'ENABLED',
      target: found.Target?.Arn ?? '',
      expression: found.ScheduleExpression ?? '',
      createdAt: found.CreationDate?.getTime(),
    };
  };

const counts = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

const queueIn =
  ({ sqs }: Clients): RegionView['queue'] =>
  async (QueueUrl) => {
    const { sdk, client } = await sqs();
    const AttributeNames = [...counts, 'RedrivePolicy' as const];
    const { Attributes = {} } = await client.send(
      new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
    );
    return {
      messages: counts.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0),
      isOfWork: Attributes['RedrivePolicy'] !== undefined,
    };
  };

/** Names of one request (API reference, DescribeAlarms). */
const alarmNamesMax = 100;

const alarmsIn =
  ({ cloudWatch }: Clients): RegionView['alarms'] =>
  async (names) => {
    const { sdk, client } = await cloudWatch();
    const found: AlarmView[] = [];
    for (let at = 0; at < names.length; at += alarmNamesMax) {
      const AlarmNames = names.slice(at, at + alarmNamesMax);
      const AlarmTypes = ['MetricAlarm', 'CompositeAlarm'];
      const answer = await client.send(new sdk.DescribeAlarmsCommand({ AlarmNames, AlarmTypes }));
      const { MetricAlarms = [], CompositeAlarms = [] } = answer;
      for (const one of [...MetricAlarms, ...CompositeAlarms]) {
        const { AlarmName: name = '', StateValue: state = '', StateReason: reason = '' } = one;
        const actions = one.ActionsEnabled === false ? [] : (one.AlarmActions ?? []);
        found.push({ name, state, reason, actions, rule: one.AlarmRule });
      }
    }
    return found;
  };

/** Clusters that are looked at; an account may have 20 in a Region unless it asks for more. */
const clustersMax = 100;

const clustersIn =
  ({ dsql }: Clients): RegionView['clusters'] =>
  async () => {
    const { sdk, client } = await dsql();
    const found: NamedCluster[] = [];
    for await (const page of sdk.paginateListClusters({ client }, {})) {
      for (const { identifier } of page.clusters ?? []) {
        if (found.length === clustersMax) return found;
        const one = await client.send(new sdk.GetClusterCommand({ identifier }));
        found.push({ arn: one.arn ?? '', status: one.status ?? '', name: one.tags?.['Name'] });
      }
    }
    return found;
  };

/**
 * The name by which callers invoke a function: with its alias, where the stack has one before it.
 *
 * @param aliases ARNs of the stack's aliases, which end in the function's name and their own
 */
export const invokedName = (functionName: string, aliases: readonly string[]): string => {
  const before = `:function:${functionName}:`;
  const alias = aliases.find((arn) => arn.includes(before));
  return alias === undefined ? functionName : `${functionName}:${alias.split(before)[1]}`;
};

/** The services of the Region in which a service was found. */
export const createRegionView = (service: FoundService): RegionView => {
  const clients = createClients(service.settings);
  const aliases = resourceIds(service, 'AWS::Lambda::Alias');
  const ask = asking(clients);
  return {
    region: service.region,
    stack: service.stack,
    endpoint: service.access ? service.settings.endpoint : undefined,
    outputs: service.outputs,
    ids: (type) => resourceIds(service, type),
    cluster: async (identifier) => {
      const { sdk, client } = await clients.dsql();
      const answer = await client.send(new sdk.GetClusterCommand({ identifier }));
      const { witnessRegion, clusters = [] } = answer.multiRegionProperties ?? {};
      return { status: answer.status ?? '', witnessRegion, clusters };
    },
    clusters: clustersIn(clients),
    functionNamed: async (name) => {
      const FunctionName = invokedName(name, aliases);
      const { sdk, client } = await clients.lambda();
      const { Role, Environment } = await client.send(
        new sdk.GetFunctionConfigurationCommand({ FunctionName }),
      );
      return { name, role: Role ?? '', environment: Environment?.Variables ?? {} };
    },
    ask: (name, request) => ask(invokedName(name, aliases), request),
    rule: ruleIn(clients),
    schedule: scheduleIn(clients),
    queue: queueIn(clients),
    alarms: alarmsIn(clients),
    lines: (functionName, pattern, from, linesMax) =>
      readLines(clients, { functionName, pattern, from, linesMax }),
    lastLines: (functionName, pattern, from, linesMax) =>
      readLastLines(clients, { functionName, pattern, from, linesMax }, Date.now()),
    close: clients.destroy,
  };
};
