import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DSQLClient, UpdateClusterCommand } from '@aws-sdk/client-dsql';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CheckResult } from '../../../packages/cli/src/commands/verify/check.ts';
import type { StackRegion } from '../../../packages/cli/src/local/index.ts';
import { type Operator, operatorOf } from './operator.ts';
import { type LedgerStack, startLedger } from './stack.ts';
import { changeStack } from './stack-changes.ts';

let ledger: LedgerStack;
let operator: Operator;

const [primary, secondary] = ['us-east-1', 'us-west-2'];
const api = 'antipode-ledger-api';
const relay = 'antipode-ledger-relay';

const verified = async (args = '') => {
  const { code, lines, errors } = await operator.run(`verify --local --json ${args}`);
  if (lines.length !== 1) throw new Error([...lines, ...errors].join('\n'));
  const { ok, checks } = JSON.parse(lines[0] ?? '') as {
    readonly ok: boolean;
    readonly checks: readonly CheckResult[];
  };
  return { code, ok, checks, failed: checks.filter((check) => !check.ok) };
};

const settingsOf = ({ region, url }: StackRegion) => ({
  ...{ region, endpoint: url },
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const sqs = (region: StackRegion) => new SQSClient(settingsOf(region));

const queueUrl = (name: string): string => `${ledger.secondary.url}/000000000000/${name}`;

const roleOf = (functionName: string): string =>
  ledger.primary.functions.get(functionName)?.configuration.template?.roleArn ?? '';

beforeAll(async () => {
  ledger = await startLedger({ onLog: (line) => operator?.keep(line) }, undefined, {
    RESERVE_CONCURRENCY: 'off',
    ALARM_EMAIL: 'on-call@example.com',
  });
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

const failures = 'antipode-ledger-project-totals-failures';
const ruleName = 'antipode-ledger-project-totals';
let kept: (() => unknown) | undefined;

const setSchedule = (State: 'ENABLED' | 'DISABLED') => async (): Promise<void> => {
  const url = `${ledger.primary.url}/schedules/${relay}`;
  await fetch(url, { method: 'PUT', body: JSON.stringify({ State }) });
};

const clusterArnIn = (region: string): string | undefined =>
  Object.values(ledger.stack.outputs)
    .map(({ ClusterArn }) => ClusterArn)
    .find((arn) => arn?.includes(`:${region}:`));

/** Names the peers of the primary cluster, as a person does by the command line. */
const setPeers = async (clusters: readonly string[]): Promise<void> => {
  const client = new DSQLClient(settingsOf(ledger.primary));
  const identifier = clusterArnIn(primary ?? '')?.split('/')[1] ?? '';
  const multiRegionProperties = { witnessRegion: 'us-east-2', clusters: [...clusters] };
  await client.send(new UpdateClusterCommand({ identifier, multiRegionProperties }));
  client.destroy();
};

const setRole = async (Role: string): Promise<void> => {
  const client = new LambdaClient(settingsOf(ledger.primary));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: api, Role }));
  client.destroy();
};

/** Deploys a service stack again with a change, and remembers how to undo it. */
const redeploy = async (
  ...[region, stack, change]: Parameters<typeof changeStack> extends readonly [unknown, ...infer T]
    ? T
    : never
): Promise<void> => {
  kept = await changeStack(ledger.stack.deployments, region, stack, change);
};

/**
 * The clocks of this machine and of its functions differ by minutes, as after the sleep of a
 * laptop: the processes of the functions keep the real time.
 */
const moveClock = (minutes: number): void => {
  vi.useFakeTimers({
    toFake: ['Date'],
    now: Date.now() + minutes * 60_000,
    shouldAdvanceTime: true,
  });
};

/** Empties the queues of the relays, whose runs came to nothing for a while. */
const forgetFailedRuns = async (): Promise<void> => {
  await ledger.stack.idle();
  for (const region of [ledger.primary, ledger.secondary]) {
    const QueueUrl = `${region.url}/000000000000/${relay}-failures`;
    const purge = () => sqs(region).send(new PurgeQueueCommand({ QueueUrl }));
    const purged = () =>
      purge().then(
        () => 'purged',
        ({ name }: Error) => name,
      );
    // A queue can be purged once a minute, and two faults may follow each other sooner.
    await expect.poll(purged, { timeout: 90_000, interval: 1_000 }).toBe('purged');
  }
};

/** Runs the consumer on code that takes its time, as `antipode local --watch` changes code. */
const slowDown = async (): Promise<void> => {
  const consumer = ledger.primary.functions.get(ruleName);
  if (!consumer) throw new Error('there is no such consumer');
  const { codeDir } = consumer.configuration;
  const folder = mkdtempSync(join(tmpdir(), 'antipode-slow-'));
  const original = pathToFileURL(join(codeDir, 'index.mjs')).href;
  writeFileSync(
    join(folder, 'index.mjs'),
    `import { handler as original } from ${JSON.stringify(original)};
     export const handler = async (event, context) => {
       await new Promise((resolve) => setTimeout(resolve, 3000));
       return original(event, context);
     };`,
  );
  await consumer.replaceCode(folder);
  kept = async () => {
    await consumer.replaceCode(codeDir);
    rmSync(folder, { recursive: true, force: true });
  };
};

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
    plant: async () => {
      const own = roleOf(api);
      kept = () => setRole(own);
      await setRole('arn:aws:iam::000000000000:role/stranger');
    },
    mend: () => kept?.(),
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
  'a wrong witness': {
    // The service stack alone is deployed with another WITNESS_REGION. DSQL itself refuses to
    // change the witness, and so do the stacks with the clusters.
    plant: () =>
      redeploy(secondary ?? '', 'antipode-ledger-secondary', ({ Outputs }) => {
        Outputs.WitnessRegion.Value = 'us-west-1';
      }),
    mend: () => kept?.(),
    args: '--read-only',
    region: secondary,
    name: 'cluster',
    remedy: 'WITNESS_REGION=us-east-2 npx cdk deploy --all',
  },
  'a slow consumer': {
    plant: slowDown,
    mend: () => kept?.(),
    args: '--max-lag 2s',
    region: primary,
    name: `event of ${primary} to project-totals`,
    remedy: `antipode logs ${ruleName} --since 15m --local --region ${primary}`,
  },
  'an unpeered cluster': {
    // An update with the witness alone takes the peer away.
    plant: () => setPeers([]),
    mend: () => setPeers([clusterArnIn(secondary ?? '') ?? '']),
    args: '--read-only',
    region: primary,
    name: 'cluster',
    remedy: 'npx cdk deploy --all',
  },
  'a refused pipeline': {
    plant: () => ledger.primary.dsql?.failures.set({ pipeline: 1 }),
    mend: () => ledger.primary.dsql?.failures.clear(),
    args: '--read-only',
    region: primary,
    name: 'statements: a transaction sent in one piece',
    remedy: 'DSQL_SERIAL=on npx cdk deploy --all',
  },
  'a silent relay': {
    // Its code lacks the handler since a deployment ten minutes ago.
    plant: async () => {
      await redeploy(secondary ?? '', 'antipode-ledger-secondary', ({ Resources }) => {
        const [fn] = Object.values(Resources).filter(
          ({ Properties }) => Properties.FunctionName === relay,
        );
        if (!fn) throw new Error('there is no relay');
        fn.Properties.Handler = 'index.absent';
      });
      // A run that had begun before ends by itself.
      const processes = () => ledger.secondary.functions.get(relay)?.environments();
      await expect.poll(processes, { timeout: 30_000 }).toEqual([]);
      moveClock(10);
    },
    mend: async () => {
      vi.useRealTimers();
      await kept?.();
      await forgetFailedRuns();
    },
    args: '--read-only',
    region: secondary,
    name: 'last run of the relay',
    remedy: `antipode logs ${relay} --since 15m --local --region ${secondary}`,
  },
  'an alarm without an action': {
    // A person has silenced it during a repair.
    plant: () =>
      redeploy(primary ?? '', 'antipode-ledger-primary', ({ Resources }) => {
        const [alarm] = Object.values(Resources).filter(
          ({ Properties }) => Properties.AlarmName === 'antipode-ledger-relay-dead',
        );
        if (!alarm) throw new Error('there is no such alarm');
        alarm.Properties.ActionsEnabled = false;
      }),
    mend: () => kept?.(),
    args: '--read-only',
    region: primary,
    name: 'alarm antipode-ledger-relay-dead',
    remedy: 'ALARM_EMAIL=you@example.com npx cdk deploy --all',
  },
  'an expired token': {
    // The last one: lines of logs keep the time of the clock that was moved.
    // Twenty minutes apart: a token that a function signs now lives for fifteen.
    plant: async () => {
      await ledger.primary.functions.get(api)?.interrupt();
      moveClock(20);
    },
    mend: async () => {
      vi.useRealTimers();
      await forgetFailedRuns();
    },
    args: '--read-only',
    region: primary,
    name: `connection of ${api}`,
    remedy: 'set the clock',
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
