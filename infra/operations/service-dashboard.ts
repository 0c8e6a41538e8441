import { Stack } from 'aws-cdk-lib';
import { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { MetricName } from '../../src/domain/kernel/index.ts';
import type { awsMetrics, ReportedMetrics } from './metrics.ts';

/** The half of a service in one Region, as a dashboard shows it. */
export type ShownRegion = {
  /** The Region, such as `us-east-1`. */
  readonly region: string;
  /** The name of the API's function. */
  readonly apiName: string;
  /** The namespace and the name under which the Region's functions report. */
  readonly metrics: ReportedMetrics;
  /** 26 small letters and digits. */
  readonly clusterIdentifier: string;
  /** Begins the names of the queues that are shown. */
  readonly queuePrefix: string;
};

/** The Regions that one dashboard shows. */
export type ServiceDashboardProps = {
  /** Names of dashboards belong to the account, not to a Region. CloudFormation's unless given. */
  readonly dashboardName?: string;
  /** One Region, or both side by side. */
  readonly regions: readonly ShownRegion[];
};

/** A metric as CloudWatch reads it: namespace, name, dimensions, and options of its own. */
type Line = readonly unknown[];

type Aws = typeof awsMetrics;

/** Columns of a row (CloudWatch, dashboard body structure), and the size of a widget. */
const columns = 24;
const width = 8;
const height = 6;

/** The metrics of one Region by the title of their widget; sums, where nothing else is said. */
const linesOf = ({ apiName, metrics, clusterIdentifier, queuePrefix }: ShownRegion) => {
  const aws =
    <Namespace extends keyof Aws>(namespace: Namespace, dimension: string, value: string) =>
    (name: Aws[Namespace][number], stat?: string): Line => [
      namespace,
      name,
      dimension,
      value,
      ...(stat === undefined ? [] : [{ stat }]),
    ];
  const ofApi = aws('AWS/Lambda', 'FunctionName', apiName);
  const ofCluster = aws('AWS/AuroraDSQL', 'ClusterId', clusterIdentifier);
  const own = (name: MetricName, stat?: string): Line => [
    ...[metrics.namespace, name, 'service', metrics.service],
    ...(stat === undefined ? [] : [{ stat }]),
  ];
  const expression = `SEARCH('{AWS/SQS,QueueName} MetricName="ApproximateNumberOfMessagesVisible" "${queuePrefix}"','Maximum')`;
  return {
    Requests: [ofApi('Invocations'), ofApi('Errors'), own('ApiFailed'), ofApi('Throttles')],
    'Request, ms': [ofApi('Duration', 'p50'), ofApi('Duration', 'p99')],
    Commands: [own('CommandCommitted'), own('CommandRefused'), own('RetryGivenUp')],
    Events: [own('EventPublished'), own('OutboxRelayed'), own('EventHandled')],
    'Oldest event that waits, ms': [own('OutboxOldestAgeMs', 'Maximum')],
    'Messages in queues': [[{ expression }]],
    Transactions: [ofCluster('TotalTransactions'), ofCluster('OccConflicts')],
    'Commit, ms': [ofCluster('CommitLatency', 'Average')],
    DPU: [ofCluster('TotalDPU')],
  } satisfies Readonly<Record<string, readonly Line[]>>;
};

/** A line of another Region than the widget's, which its label says. */
const elsewhere = (line: Line, region: string): Line => {
  const last = line.at(-1);
  const options = typeof last === 'object' && last !== null ? last : {};
  const rest = options === last ? line.slice(0, -1) : line;
  return [...rest, { ...options, region, label: `${region} \${LABEL}` }];
};

/** A point stands for the value of the line before (CloudWatch, metric widget). */
const abbreviated = (lines: readonly Line[]): readonly Line[] =>
  lines.map((line, index) =>
    line.map((value, at) =>
      typeof value === 'string' && index > 0 && lines[index - 1]?.[at] === value ? '.' : value,
    ),
  );

/**
 * A dashboard with what users feel, what the service does, what waits, and the cluster.
 *
 * @example
 * new ServiceDashboard(stack, 'Dashboard', { regions: [{ region: 'us-east-1', … }] });
 */
export class ServiceDashboard extends Construct {
  constructor(scope: Construct, id: string, props: ServiceDashboardProps) {
    super(scope, id);
    const { dashboardName, regions } = props;
    const all = regions.map((one, index) =>
      Object.entries(linesOf(one)).map(([title, lines]: readonly [string, readonly Line[]]) => ({
        title,
        lines: index === 0 ? lines : lines.map((line) => elsewhere(line, one.region)),
      })),
    );
    const widgets = (all[0] ?? []).map(({ title }, index) => ({
      ...{ type: 'metric', width, height },
      x: (index * width) % columns,
      y: Math.floor((index * width) / columns) * height,
      properties: {
        ...{ title, stat: 'Sum', period: 60, region: regions[0]?.region },
        metrics: abbreviated(all.flatMap((shown) => shown[index]?.lines ?? [])),
      },
    }));
    new CfnDashboard(this, 'Dashboard', {
      ...(dashboardName === undefined ? {} : { dashboardName }),
      dashboardBody: Stack.of(this).toJsonString({ widgets }),
    });
  }
}
