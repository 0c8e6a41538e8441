import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../../../packages/cli/src/commands/verify/check.ts';
import { resultLines } from '../../../../../packages/cli/src/commands/verify/run-verify.ts';
import { type ViewedHalf, verify } from '../../../../../packages/cli/src/commands/verify/verify.ts';
import {
  answering,
  clusterArn,
  fakeService,
  primary,
  refusal,
  roleArn,
  secondary,
} from './fake-service.ts';

const choice = { readOnly: false, lagMsMax: 10_000, probeWaitMsMax: 0 };

const verified = async (halves: readonly ViewedHalf[], readOnly = false) => {
  const results: CheckResult[] = [];
  const ok = await verify(halves, { ...choice, readOnly }, (result) => results.push(result));
  return { ok, results, failed: results.filter((result) => !result.ok) };
};

const endpoint = (region: string): string => `--endpoint ${region}.dsql --region ${region}`;
const missing = refusal('ResourceNotFoundException', 'Rule shop-totals does not exist.');

type Plant = NonNullable<Parameters<typeof fakeService>[0]>;

/** The planted fault, the check that finds it, and the command that mends it. */
const faults: readonly (readonly [string, Plant, string, string])[] = [
  [
    'a missing rule',
    {
      [primary]: ({ rule }) => ({
        rule: async (id) => (id.endsWith('totals') ? Promise.reject(missing) : rule(id)),
      }),
    },
    'rule shop-totals',
    `npx cdk deploy shop-${primary} --revert-drift`,
  ],
  [
    'a disabled rule',
    { [primary]: () => ({ rule: async () => ({ isEnabled: false, targets: 1 }) }) },
    'rule shop-totals',
    `aws events enable-rule --name shop-totals --event-bus-name shop --region ${primary}`,
  ],
  [
    'a disabled schedule',
    {
      [secondary]: ({ schedule }) => ({
        schedule: async (name) => ({ ...(await schedule(name)), isEnabled: false }),
      }),
    },
    'schedule shop-relay',
    'aws scheduler update-schedule --state ENABLED',
  ],
  [
    'a wrong role',
    {
      [primary]: ({ functionNamed }) => ({
        functionNamed: async (name) => ({
          ...(await functionNamed(name)),
          ...(name === 'shop-api' ? { role: roleArn('stranger') } : {}),
        }),
      }),
    },
    'role of shop-api',
    `aws lambda update-function-configuration --function-name shop-api --role ${roleArn('shop-api')}`,
  ],
  [
    'a missing grant',
    {
      [primary]: answering('migrations', () => ({
        ...{ pending: [], problems: [], missingTables: [] },
        iamRoles: ['shop-totals', 'shop-audit', 'shop-relay'].map(roleArn),
      })),
    },
    'grant of shop-api',
    `antipode migrate up ${endpoint(primary)} --grant-role shop_app --iam-role ${roleArn('shop-api')}`,
  ],
  [
    'a table that the role may not write',
    {
      [primary]: answering('statements', () => [
        { name: 'leases', ms: 1, reason: 'permission denied for table idempotency' },
      ]),
    },
    'statements: leases',
    `antipode migrate up ${endpoint(primary)} --grant-role shop_app`,
  ],
  [
    'a full dead-letter queue',
    {
      [secondary]: ({ queue }) => ({
        queue: async (url) =>
          url.endsWith('-failures') ? { messages: 3, isOfWork: false } : queue(url),
      }),
    },
    'queue shop-totals-failures',
    `antipode dlq list --queue shop-totals-failures --stack shop-${secondary} --region ${secondary}`,
  ],
  [
    'an absent migration',
    {
      [primary]: answering('migrations', () => ({
        ...{ pending: ['shop-0007'], problems: [], missingTables: [] },
        iamRoles: ['shop-api', 'shop-totals', 'shop-audit', 'shop-relay'].map(roleArn),
      })),
    },
    'migrations',
    `antipode migrate up ${endpoint(primary)} --grant-role shop_app`,
  ],
  [
    'an expired token',
    {
      [primary]: () => ({
        alarms: () =>
          Promise.reject(refusal('ExpiredTokenException', 'The security token is expired')),
      }),
    },
    'alarm shop-late',
    'aws sso login',
  ],
  [
    'a wrong witness',
    {
      [primary]: ({ cluster }) => ({
        cluster: async (id) => ({ ...(await cluster(id)), witnessRegion: 'us-west-1' }),
      }),
    },
    'cluster',
    'WITNESS_REGION=us-west-1 npx cdk deploy --all',
  ],
  [
    'an unpeered cluster',
    {
      [primary]: ({ cluster }) => ({
        cluster: async (id) => ({ ...(await cluster(id)), clusters: [clusterArn(primary)] }),
      }),
    },
    'cluster',
    'npx cdk deploy --all',
  ],
  [
    'a cluster that waits for its peer',
    {
      [primary]: ({ cluster }) => ({
        cluster: async (id) => ({ ...(await cluster(id)), status: 'PENDING_SETUP' }),
      }),
    },
    'cluster',
    'npx cdk deploy --all',
  ],
  [
    'a cluster that was deleted',
    {
      [primary]: () => ({
        cluster: () => Promise.reject(refusal('ResourceNotFoundException', 'no such cluster')),
      }),
    },
    'cluster',
    'docs/disaster.md, "A cluster was deleted"',
  ],
  [
    'a cluster that is being deleted',
    {
      [primary]: ({ cluster }) => ({
        cluster: async (id) => ({ ...(await cluster(id)), status: 'DELETING' }),
      }),
    },
    'cluster',
    'docs/disaster.md, "A cluster was deleted"',
  ],
  [
    'a slow consumer',
    {
      [primary]: answering('handled', () =>
        [primary, secondary].flatMap((region) =>
          ['totals', 'audit'].map((consumer) => ({
            ...{ id: `probe-of-${region}`, consumer },
            handledAt: 1_000_000 + (consumer === 'audit' ? 12_000 : 1),
          })),
        ),
      ),
    },
    `event of ${secondary} to audit`,
    `antipode logs shop-audit --since 15m --stack shop-${primary} --region ${primary}`,
  ],
  [
    'a refused pipeline',
    {
      [secondary]: answering('statements', () => [
        {
          ...{ name: 'a transaction sent in one piece', ms: 1 },
          ...{ reason: 'unsupported', setting: 'DSQL_SERIAL=on' },
        },
      ]),
    },
    'statements: a transaction sent in one piece',
    'DSQL_SERIAL=on npx cdk deploy --all',
  ],
  [
    'a silent relay',
    { [secondary]: () => ({ lastLines: async () => ({ lines: [], hasMore: false }) }) },
    'last run of the relay',
    `antipode logs shop-relay --since 15m --stack shop-${secondary} --region ${secondary}`,
  ],
  [
    'an alarm without an action',
    {
      [primary]: () => ({
        alarms: async (names) =>
          names.map((name) => ({ ...{ name, state: 'OK', reason: '' }, actions: [] })),
      }),
    },
    'alarm shop-late',
    'ALARM_EMAIL=you@example.com npx cdk deploy --all',
  ],
  [
    'an alarm that rings',
    {
      [primary]: ({ alarms }) => ({
        alarms: async (names) =>
          (await alarms(names)).map((alarm) => ({ ...alarm, state: 'ALARM', reason: 'late' })),
      }),
    },
    'alarm shop-late',
    `aws cloudwatch describe-alarms --alarm-names shop-late`,
  ],
  [
    'a function that is refused by the database',
    {
      [primary]: answering('connection', (name) => {
        if (name !== 'shop-api') return undefined;
        throw refusal('Unavailable', 'Unable to accept connection, access denied');
      }),
    },
    'connection of shop-api',
    `antipode migrate up ${endpoint(primary)} --grant-role shop_app --iam-role ${roleArn('shop-api')}`,
  ],
  [
    'a function whose clock is wrong',
    {
      [primary]: answering('connection', (name) => {
        if (name !== 'shop-api') return undefined;
        const denied = 'Unable to accept connection, access denied';
        throw refusal('Unavailable', `${denied}: the token had expired; is the clock right?`);
      }),
    },
    'connection of shop-api',
    'set the clock of the machine',
  ],
  [
    'dead events',
    {
      [primary]: answering('outbox', () => ({
        ...{ pending: { count: 0 }, dead: { count: 2 }, oldestAgeMs: 0 },
      })),
    },
    'outbox',
    `antipode outbox list --state dead --stack shop-${primary} --region ${primary}`,
  ],
  [
    'a row that the other Region does not see',
    { [secondary]: answering('read', () => ({ found: false })) },
    `write, and read in ${secondary}`,
    `antipode verify --stack shop-${primary} --region ${primary}`,
  ],
];

describe('antipode verify', () => {
  it('passes a service in which all is well, and leaves no record of its probes', async () => {
    const { halves, forgotten } = fakeService();
    const { ok, results, failed } = await verified(halves);
    expect(failed).toEqual([]);
    expect(ok).toBe(true);
    expect(results.length).toBeGreaterThan(50);
    expect(forgotten).toHaveLength(4);
  });

  it.each(faults)('finds %s, and names the command that mends it', async (...fault) => {
    const [, plant, name, remedy] = fault;
    const { ok, failed } = await verified(fakeService(plant).halves);
    expect(ok).toBe(false);
    const found = failed.find((result) => result.name === name);
    expect(found?.remedy).toContain(remedy);
    expect(failed.every((result) => result.remedy !== undefined)).toBe(true);
  });

  it('goes on in the other Region where one is stopped', async () => {
    const { halves } = fakeService();
    const [first] = halves;
    const error = refusal('Error', `${secondary} of the local stack does not answer`);
    const { failed, results } = await verified([
      ...(first ? [first] : []),
      { region: secondary, error },
    ]);
    const [stack] = failed;
    expect(stack).toMatchObject({ region: secondary, name: 'stack' });
    expect(stack?.remedy).toBe(`antipode local region start ${secondary}`);
    expect(results.filter(({ region, ok }) => region === primary && ok).length).toBeGreaterThan(20);
  });

  it('names the link of a local stack where an event does not cross it', async () => {
    const { halves } = fakeService({
      [primary]: (view) => ({
        endpoint: 'http://localhost:1',
        ...answering('handled', () => [])(view),
      }),
    });
    const { failed } = await verified(halves);
    const lost = failed.find(({ name }) => name === `event of ${secondary} to audit`);
    expect(lost?.detail).toContain('has not handled an event');
    expect(lost?.remedy).toBe('antipode local link mend');
  });

  it('writes nothing where it may only read', async () => {
    const asked: string[] = [];
    const note = answering('publish', (name) => void asked.push(name));
    const { halves } = fakeService({ [primary]: note });
    const { ok, results } = await verified(halves, true);
    expect(ok).toBe(true);
    expect(asked).toEqual([]);
    expect(results.filter(({ name }) => /^(write|event)/.test(name))).toEqual([]);
  });

  it('does not ask for actions of a local stack where no alarm has one', async () => {
    const quiet = () => ({
      endpoint: 'http://localhost:1',
      alarms: async (names: readonly string[]) =>
        names.map((name) => ({ ...{ name, state: 'INSUFFICIENT_DATA', reason: '' }, actions: [] })),
    });
    const { failed } = await verified(fakeService({ [primary]: quiet }).halves);
    expect(failed).toEqual([]);
  });

  it('deploys to a local stack where the one that it verifies is local', async () => {
    const { halves } = fakeService({
      [primary]: ({ cluster }) => ({
        endpoint: 'http://localhost:4100',
        cluster: async (id) => ({ ...(await cluster(id)), status: 'PENDING_SETUP' }),
      }),
    });
    const { failed } = await verified(halves);
    expect(failed.find(({ name }) => name === 'cluster')?.remedy).toBe(
      'AWS_ENDPOINT_URL=http://localhost:4100 npx cdk deploy --all',
    );
  });

  it.each(['IDLE', 'INACTIVE'])('passes a cluster that sleeps: %s', async (status) => {
    const asleep: Plant[string] = ({ cluster }) => ({
      cluster: async (id) => ({ ...(await cluster(id)), status }),
    });
    const { failed, results } = await verified(fakeService({ [primary]: asleep }).halves);
    expect(failed).toEqual([]);
    expect(results.find(({ name }) => name === 'cluster')?.detail).toContain(`${status}, peered`);
  });

  it('describes a composite alarm too, which AWS leaves out unless asked', async () => {
    const rings: Plant[string] = () => ({
      alarms: async (names) =>
        names.map((name) => ({ name, state: 'ALARM', reason: 'late', actions: ['topic'] })),
    });
    const { failed } = await verified(fakeService({ [primary]: rings }).halves);
    expect(failed[0]?.remedy).toContain('--alarm-types MetricAlarm CompositeAlarm');
    expect(failed[0]?.remedy).toContain(`--query '`);
  });

  it('asks for no action of the parts of a composite alarm', async () => {
    const parts = ['shop-late', 'shop-dead'];
    const rule = `(ALARM("shop-late") AND ALARM("arn:aws:cloudwatch:${primary}:1:alarm:shop-dead"))`;
    const { halves } = fakeService({
      [primary]: ({ ids }) => ({
        ids: (type) => (type === 'AWS::CloudWatch::CompositeAlarm' ? ['shop-budget'] : ids(type)),
        alarms: async () => [
          ...parts.map((name) => ({ ...{ name, state: 'ALARM', reason: 'high' }, actions: [] })),
          { ...{ name: 'shop-budget', state: 'OK', reason: '' }, actions: ['topic'], rule },
        ],
      }),
    });
    const { failed, results } = await verified(halves);
    expect(failed).toEqual([]);
    expect(results.find(({ name }) => name === 'alarm shop-late')?.detail).toBe(
      'a part of shop-budget',
    );
  });

  it('says of one half alone that the other one is not known', async () => {
    const { failed } = await verified(fakeService().halves.slice(0, 1));
    expect(failed[0]?.remedy).toContain('--peer-stack');
  });

  it('prints one line for a check, and the remedy below one that has failed', () => {
    const result = { region: primary, name: 'outbox', ms: 7, detail: 'empty' };
    expect(resultLines({ ...result, ok: true })).toEqual([
      `ok    ${primary}  outbox: empty  (7 ms)`,
    ]);
    expect(resultLines({ ...result, ok: false, remedy: 'do it' })).toEqual([
      `FAIL  ${primary}  outbox: empty  (7 ms)`,
      '      next: do it',
    ]);
  });
});
