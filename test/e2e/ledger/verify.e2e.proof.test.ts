import { PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../packages/cli/src/commands/verify/check.ts';
import type { StackRegion } from '../../../packages/cli/src/local/index.ts';
import type { HttpRequest, HttpResponse } from '../../../packages/local-dsql/src/http/http.ts';
import { type Operator, operatorOf } from './operator.ts';
import type { Intercept } from './outbox-commands.ts';
import { type LedgerStack, startLedger } from './stack.ts';

let ledger: LedgerStack;
let operator: Operator;
let intercepted: Intercept | undefined;

const [primary, secondary] = ['us-east-1', 'us-west-2'];
const api = 'antipode-ledger-api';
const relay = 'antipode-ledger-relay';

/** Marks a request that an intercept has sent on. */
const passed = 'x-passed-on';

/** Has the services answer a request, and changes their answer. */
const changed = async (
  url: string,
  { method, path, headers, body }: HttpRequest,
  change: (answer: never) => object,
): Promise<HttpResponse> => {
  const sent = Object.entries(headers).filter(
    ([name, value]) =>
      value !== undefined && !['host', 'content-length', 'connection'].includes(name),
  );
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { ...Object.fromEntries(sent as [string, string][]), [passed]: 'true' },
    ...(method === 'GET' ? {} : { body: new Uint8Array(body) }),
  });
  return { status: answer.status, body: JSON.stringify(change((await answer.json()) as never)) };
};

/** Intercepts requests of one Region that are meant. */
const intercept = (
  region: string,
  isMeant: (request: HttpRequest) => boolean,
  answer: (request: HttpRequest, url: string) => ReturnType<Intercept>,
): void => {
  const { url } = region === primary ? ledger.primary : ledger.secondary;
  intercepted = (at, request) =>
    at === region && request.headers[passed] === undefined && isMeant(request)
      ? answer(request, url)
      : undefined;
};

const isTo =
  (target: string) =>
  ({ headers }: HttpRequest): boolean =>
    headers['x-amz-target'] === target;

const awsError = (code: string, message: string): HttpResponse => ({
  status: 400,
  body: JSON.stringify({ __type: code, message }),
});

const verified = async (args = '') => {
  const { code, lines, errors } = await operator.run(`verify --local --json ${args}`);
  if (lines.length !== 1) throw new Error([...lines, ...errors].join('\n'));
  const { ok, checks } = JSON.parse(lines[0] ?? '') as {
    readonly ok: boolean;
    readonly checks: readonly CheckResult[];
  };
  return { code, ok, checks, failed: checks.filter((check) => !check.ok) };
};

const sqs = ({ region, url }: StackRegion) =>
  new SQSClient({
    ...{ region, endpoint: url },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

const queueUrl = (name: string): string => `${ledger.secondary.url}/000000000000/${name}`;

const roleOf = (functionName: string): string =>
  ledger.primary.functions.get(functionName)?.configuration.template?.roleArn ?? '';

beforeAll(async () => {
  ledger = await startLedger(
    {
      interceptor: (region) => (request) => intercepted?.(region, request),
      onLog: (line) => operator?.keep(line),
    },
    undefined,
    { RESERVE_CONCURRENCY: 'off' },
  );
  operator = operatorOf(ledger);
});

afterAll(async () => {
  operator.stop();
  await ledger.stop();
});

/** A fault that is planted, the check that finds it, and the command that mends it. */
type Fault = {
  readonly plant: () => unknown;
  readonly mend: () => unknown;
  readonly args?: string;
  readonly region: string;
  readonly name: string;
  readonly remedy: string | RegExp;
};

const noIntercept = (): void => {
  intercepted = undefined;
};

const failures = 'antipode-ledger-project-totals-failures';
const ruleName = 'antipode-ledger-project-totals';
let kept: (() => void) | undefined;

const setSchedule = (State: 'ENABLED' | 'DISABLED') => async (): Promise<void> => {
  const url = `${ledger.primary.url}/schedules/${relay}`;
  await fetch(url, { method: 'PUT', body: JSON.stringify({ State }) });
};

const clusterArnIn = (region: string): string | undefined =>
  Object.values(ledger.stack.outputs)
    .map(({ ClusterArn }) => ClusterArn)
    .find((arn) => arn?.includes(`:${region}:`));

const isGetCluster = ({ method, path }: HttpRequest): boolean =>
  method === 'GET' && path.startsWith('/cluster/');

const isGetSchedule = ({ method, path }: HttpRequest): boolean =>
  method === 'GET' && path.startsWith('/schedules/');

const isConfigurationOfApi = ({ method, path }: HttpRequest): boolean =>
  method === 'GET' && path.includes(`/functions/${api}/configuration`);

const asksForStatements = ({ path, body }: HttpRequest): boolean =>
  path.includes(`/functions/${relay}/invocations`) && body.includes('"statements"');

const faults: Readonly<Record<string, Fault>> = {
  'a stopped Region': {
    plant: () => ledger.secondary.stop(),
    mend: () => ledger.secondary.start(),
    args: '--read-only',
    region: secondary,
    name: 'stack',
    remedy: `antipode local region start ${secondary}`,
  },
  'a missing rule': {
    plant: () => {
      const { events } = ledger.primary;
      const rule = events.rules.find(({ name }) => name === ruleName);
      if (!rule) throw new Error('there is no such rule');
      kept = () => events.putRule(rule);
      events.removeRule(rule.arn);
    },
    mend: () => kept?.(),
    args: '--read-only',
    region: primary,
    name: `rule ${ruleName}`,
    remedy: 'antipode local',
  },
  'a disabled schedule': {
    plant: setSchedule('DISABLED'),
    mend: setSchedule('ENABLED'),
    args: '--read-only',
    region: primary,
    name: `schedule ${relay}`,
    remedy: /^aws scheduler update-schedule --state ENABLED/,
  },
  'a wrong role': {
    plant: () =>
      intercept(primary, isConfigurationOfApi, (request, url) =>
        changed(url, request, (answer) => ({
          ...(answer as object),
          Role: 'arn:aws:iam::000000000000:role/stranger',
        })),
      ),
    mend: noIntercept,
    args: '--read-only',
    region: primary,
    name: `role of ${api}`,
    remedy: `aws lambda update-function-configuration --function-name ${api} --role `,
  },
  'a missing grant': {
    plant: () => operator.ask(`AWS IAM REVOKE ledger_app FROM '${roleOf(api)}'`),
    mend: () => operator.ask(`AWS IAM GRANT ledger_app TO '${roleOf(api)}'`),
    args: '--read-only',
    region: primary,
    name: `grant of ${api}`,
    remedy: /^antipode migrate up .* --grant-role ledger_app --iam-role /,
  },
  'a full dead-letter queue': {
    plant: () =>
      sqs(ledger.secondary).send(
        new SendMessageCommand({ QueueUrl: queueUrl(failures), MessageBody: 'lost' }),
      ),
    mend: () => sqs(ledger.secondary).send(new PurgeQueueCommand({ QueueUrl: queueUrl(failures) })),
    args: '--read-only',
    region: secondary,
    name: `queue ${failures}`,
    remedy: `antipode dlq list --queue ${failures} --local --region ${secondary}`,
  },
  'a cut link': {
    plant: () => ledger.stack.network.cut(primary, secondary),
    mend: () => ledger.stack.network.restore(primary, secondary),
    region: secondary,
    name: `event of ${primary} to audit-replica`,
    remedy: 'antipode local link mend',
  },
  'an absent migration': {
    plant: async () => {
      const sql = `DELETE FROM ledger.migration WHERE id = 'antipode-0002-inbox' RETURNING *`;
      const [row = {}] = await operator.ask(sql);
      const columns = Object.keys(row);
      const values = columns.map((_, index) => `$${index + 1}`).join(', ');
      const back = `INSERT INTO ledger.migration (${columns.join(', ')}) VALUES (${values})`;
      kept = () => operator.ask(back, ...Object.values(row));
    },
    mend: () => kept?.(),
    args: '--read-only',
    region: primary,
    name: 'migrations',
    remedy: /^antipode migrate up /,
  },
  'an expired token': {
    plant: () =>
      intercept(primary, isTo('GraniteServiceVersion20100801.DescribeAlarms'), () =>
        awsError('ExpiredTokenException', 'The security token included in the request is expired'),
      ),
    mend: noIntercept,
    args: '--read-only',
    region: primary,
    name: 'alarm antipode-ledger-relay-dead',
    remedy: 'aws sso login',
  },
  'a wrong witness': {
    plant: () =>
      intercept(secondary, isGetCluster, (request, url) =>
        changed(url, request, (answer: { readonly multiRegionProperties: object }) => ({
          ...answer,
          multiRegionProperties: { ...answer.multiRegionProperties, witnessRegion: 'us-west-1' },
        })),
      ),
    mend: noIntercept,
    args: '--read-only',
    region: secondary,
    name: 'cluster',
    remedy: 'WITNESS_REGION=us-west-1 npx cdk deploy --all',
  },
  'a slow consumer': {
    plant: () =>
      intercept(primary, isTo('AWSEvents.PutEvents'), async () => {
        // Between the time that the relay notes, and the delivery.
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        return undefined;
      }),
    mend: noIntercept,
    args: '--max-lag 2s',
    region: primary,
    name: `event of ${primary} to project-totals`,
    remedy: `antipode logs ${ruleName} --since 15m --local --region ${primary}`,
  },
  'an unpeered cluster': {
    plant: () =>
      intercept(primary, isGetCluster, (request, url) =>
        changed(url, request, (answer: { readonly multiRegionProperties: object }) => ({
          ...answer,
          multiRegionProperties: {
            ...answer.multiRegionProperties,
            clusters: [clusterArnIn(primary)],
          },
        })),
      ),
    mend: noIntercept,
    args: '--read-only',
    region: primary,
    name: 'cluster',
    remedy: 'npx cdk deploy --all',
  },
  'a refused pipeline': {
    // The trials of a cluster have a test of their own, on a cluster that refuses it.
    plant: () =>
      intercept(primary, asksForStatements, (request, url) =>
        changed(url, request, (answer) =>
          (answer as readonly { readonly name: string }[]).map((trial) =>
            trial.name === 'a transaction sent in one piece'
              ? { ...trial, reason: 'unsupported', setting: 'DSQL_SERIAL=on' }
              : trial,
          ),
        ),
      ),
    mend: noIntercept,
    args: '--read-only',
    region: primary,
    name: 'statements: a transaction sent in one piece',
    remedy: 'DSQL_SERIAL=on npx cdk deploy --all',
  },
  'a silent relay': {
    // The schedule is a day old, since a new one may have had no run yet.
    plant: () => {
      const isLogs = isTo('Logs_20140328.FilterLogEvents');
      intercept(
        secondary,
        (request) => isLogs(request) || isGetSchedule(request),
        (request, url) =>
          isLogs(request)
            ? { status: 200, body: JSON.stringify({ events: [] }) }
            : changed(url, request, (schedule: object) => ({
                ...schedule,
                CreationDate: Date.now() / 1_000 - 86_400,
              })),
      );
    },
    mend: noIntercept,
    args: '--read-only',
    region: secondary,
    name: 'last run of the relay',
    remedy: `antipode logs ${relay} --since 15m --local --region ${secondary}`,
  },
  'an alarm without an action': {
    plant: () =>
      intercept(primary, isTo('GraniteServiceVersion20100801.DescribeAlarms'), (request, url) =>
        changed(url, request, (answer: { readonly MetricAlarms: readonly object[] }) => ({
          ...answer,
          MetricAlarms: answer.MetricAlarms.map((alarm, index) =>
            index === 0 ? alarm : { ...alarm, AlarmActions: ['arn:aws:sns:topic'] },
          ),
        })),
      ),
    mend: noIntercept,
    args: '--read-only',
    region: primary,
    name: 'alarm ',
    remedy: 'ALARM_EMAIL=you@example.com npx cdk deploy --all',
  },
};

describe('antipode verify on the local stack', () => {
  it('passes a service in which all is well', async () => {
    const { code, failed, checks } = await verified();
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    expect(checks.length).toBeGreaterThan(90);
  });

  it.each(Object.keys(faults))('finds %s, and names the command that mends it', async (title) => {
    const fault = faults[title];
    if (!fault) throw new Error(title);
    await fault.plant();
    try {
      const { code, failed } = await verified(fault.args);
      expect(code).toBe(1);
      const found = failed.find(
        ({ region, name }) => region === fault.region && name.startsWith(fault.name),
      );
      expect(found, JSON.stringify(failed)).toBeDefined();
      const { remedy } = fault;
      expect(found?.remedy).toEqual(
        typeof remedy === 'string'
          ? expect.stringContaining(remedy)
          : expect.stringMatching(remedy),
      );
    } finally {
      await fault.mend();
    }
  });

  it('passes again when all faults are mended', async () => {
    await ledger.stack.idle();
    const { failed } = await verified();
    expect(failed).toEqual([]);
  });
});
