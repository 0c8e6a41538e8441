import type { RegionView } from '../../../../../packages/cli/src/commands/regions/region-view.ts';
import type { ViewedHalf } from '../../../../../packages/cli/src/commands/verify/verify.ts';
import type { VerificationRequest } from '../../../../../src/internal/domain.ts';

const account = '123456789012';
export const primary = 'us-east-1';
export const secondary = 'us-west-2';
const witness = 'us-east-2';

export const clusterArn = (region: string): string =>
  `arn:aws:dsql:${region}:${account}:cluster/${region.replaceAll('-', '')}cluster`;
export const roleArn = (functionName: string): string =>
  `arn:aws:iam::${account}:role/${functionName}-role`;

/** An error of a service or of a function, by its name. */
export const refusal = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name });

const functionsOf = ['shop-api', 'shop-totals', 'shop-audit', 'shop-relay', 'shop-migrate'];

const variables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'shop-totals': { CONSUMER_NAME: 'totals' },
  'shop-audit': { CONSUMER_NAME: 'audit' },
  'shop-relay': { INBOX_RETENTION_MS: '1' },
  'shop-migrate': { DSQL_USER: 'admin', CUSTOM_RESOURCE_STACK_ID: 'arn' },
};

const ids: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::Function': functionsOf,
  'AWS::IAM::Role': functionsOf.map((name) => `${name}-role`),
  'AWS::Events::Rule': ['shop|shop-totals', 'shop|shop-to-peer'],
  'AWS::Scheduler::Schedule': ['shop-relay'],
  'AWS::SQS::Queue': ['https://sqs/1/shop-totals-failures', 'https://sqs/1/shop-totals'],
  'AWS::CloudWatch::Alarm': ['shop-late', 'shop-dead'],
};

/** The state that the Regions of the fake share. */
type Shared = {
  readonly handled: {
    readonly id: string;
    readonly consumer: string;
    readonly handledAt: number;
  }[];
  readonly forgotten: unknown[];
};

/** How long a probe takes. Milliseconds. */
const lagMs = 120;

const answerOf = (
  region: string,
  functionName: string,
  request: VerificationRequest,
  shared: Shared,
): unknown => {
  switch (request.name) {
    case 'connection':
      return { region, user: 'shop_app', ms: 5 };
    case 'migrations': {
      const iamRoles = functionsOf.filter((one) => one !== 'shop-migrate').map(roleArn);
      return { pending: [], problems: [], missingTables: [], iamRoles };
    }
    case 'statements':
      return [
        { name: 'a transaction sent in one piece', ms: 3 },
        { name: 'leases', ms: 4 },
      ];
    case 'outbox':
      return { pending: { count: 0 }, dead: { count: 0 }, oldestAgeMs: 0 };
    case 'write':
      return { status: 'acquired', fence: 'fence' };
    case 'read':
      return { found: true };
    case 'remove':
      return {};
    case 'publish': {
      const publishedAt = 1_000_000;
      const id = `probe-of-${region}`;
      const consumers = [
        { name: 'totals', ofOtherRegion: false },
        { name: 'audit', ofOtherRegion: true },
      ];
      for (const { name } of consumers) {
        shared.handled.push({ id, consumer: name, handledAt: publishedAt + lagMs });
      }
      return { publishedAt, probes: [{ id, type: 'Sold', consumers }] };
    }
    case 'handled':
      return shared.handled;
    case 'forget':
      shared.forgotten.push(...request.records);
      return {};
    default:
      throw new Error(`${functionName} was asked for ${JSON.stringify(request)}`);
  }
};

const viewOf = (region: string, peer: string, shared: Shared): RegionView => ({
  region,
  stack: `shop-${region}`,
  endpoint: undefined,
  outputs: {
    ClusterArn: clusterArn(region),
    WitnessRegion: witness,
    PeerRegion: peer,
    PeerStack: `shop-${peer}`,
  },
  ids: (type) => ids[type] ?? [],
  cluster: async () => ({
    status: 'ACTIVE',
    witnessRegion: witness,
    clusters: [clusterArn(primary), clusterArn(secondary)],
  }),
  clusters: async () => [
    { arn: clusterArn(region), status: 'ACTIVE', name: `shop-${region}` },
    { arn: `${clusterArn(region)}2`, status: 'ACTIVE', name: 'of another service' },
  ],
  functionNamed: async (name) => ({
    name,
    role: roleArn(name),
    environment: { DSQL_ENDPOINT: `${region}.dsql`, DSQL_USER: 'shop_app', ...variables[name] },
  }),
  ask: async (name, request) => answerOf(region, name, request, shared),
  rule: async () => ({ isEnabled: true, targets: 1 }),
  schedule: async (name) => ({
    isEnabled: true,
    target: `arn:aws:lambda:${region}:${account}:function:${name}`,
    expression: 'rate(1 minute)',
    createdAt: Date.now() - 7 * 86_400_000,
  }),
  queue: async (url) => ({ messages: 0, isOfWork: !url.endsWith('-failures') }),
  alarms: async (names) =>
    names.map((name) => ({ name, state: 'OK', reason: '', actions: ['arn:aws:sns:topic'] })),
  lines: lastRun,
  lastLines: lastRun,
  close: () => undefined,
});

/** The log of a relay that ran a second ago. */
const lastRun: RegionView['lines'] = async () => ({
  lines: [{ id: '1', at: Date.now() - 1_000, text: 'Outbox relayed' }],
  hasMore: false,
});

/** Both halves of a service in which all is well, but for what a test changes in a Region. */
export const fakeService = (
  changes: Readonly<Record<string, (healthy: RegionView) => Partial<RegionView>>> = {},
): { readonly halves: readonly ViewedHalf[]; readonly forgotten: readonly unknown[] } => {
  const shared: Shared = { handled: [], forgotten: [] };
  const halves = [primary, secondary].map((region) => {
    const healthy = viewOf(region, region === primary ? secondary : primary, shared);
    return { region, view: { ...healthy, ...changes[region]?.(healthy) } };
  });
  return { halves, forgotten: shared.forgotten };
};

/** Answers one question in another way. */
export const answering =
  (
    name: VerificationRequest['name'],
    answer: (functionName: string) => unknown,
  ): ((healthy: RegionView) => Pick<RegionView, 'ask'>) =>
  ({ ask }) => ({
    ask: async (functionName, request) =>
      (request.name === name ? answer(functionName) : undefined) ?? ask(functionName, request),
  });
