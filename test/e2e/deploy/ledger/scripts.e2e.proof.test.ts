import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCloudFormation } from '../../../../infra/cloudformation/build.ts';
import {
  ledgerEntries,
  ledgerEntryFiles,
  ledgerOmissions,
} from '../../../../infra/ledger/entries.ts';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { type LivePlace, openLivePlace, type RegionName } from '../live-place.ts';
import { type Ended, hasAwsCommand, toolEnvironment, toolsFor } from '../tools.ts';

/** A deployment takes a minute here, and several times as long on a busy machine. */
const timeoutMs = 900_000;

const api = 'antipode-ledger-api';

let place: LivePlace;
let folder: string;

beforeAll(async () => {
  place = await openLivePlace();
  folder = join(place.folder, 'cloudformation');
  await buildCloudFormation(ledger, {
    entries: ledgerEntryFiles(ledgerEntries),
    omit: ledgerOmissions,
    environment: {},
    outdir: folder,
  });
}, timeoutMs);

afterAll(() => place.stop());

/** Runs a script as a person does who is not at a terminal. */
const run = (script: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...toolEnvironment(place.url, place.folder), POLL_SECONDS: '0.3' };
    const options = { env, cwd: folder, maxBuffer: 16 * 1024 * 1024 };
    execFile('bash', [`./${script}`, '--yes', ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, output: stdout + stderr });
    });
  });

const succeed = ({ code, output }: Ended): string => {
  expect(code, output).toBe(0);
  return output;
};

const write = async (region: RegionName): Promise<void> => {
  const transaction_id = randomUUID();
  const command = { operation: 'write', transaction_id, account_id: 'a', amount: '1.00' };
  const { status, body } = await place.ask(region, api, command);
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
};

/** Memory and timeout of the API. */
const sizes = async (region: RegionName): Promise<unknown> => {
  const question = ['get-function-configuration', '--function-name', api, '--region', region];
  const query = ['--query', '[MemorySize, Timeout]', '--output', 'json'];
  return JSON.parse(
    succeed(await toolsFor(place.url, place.folder).aws('lambda', ...question, ...query)),
  );
};

describe.runIf(hasAwsCommand())('the scripts for plain CloudFormation', () => {
  it(
    'stop where a stack fails, and go on there when they run again',
    async () => {
      place.stack.deployments.failures.set(({ type, action, isRollback }) =>
        type === 'Custom::AntipodeMigration' && action === 'Create' && !isRollback
          ? 'the schema was not migrated'
          : undefined,
      );
      const { code, output } = await run('deploy.sh');
      place.stack.deployments.failures.set(undefined);
      expect(code, output).toBe(1);
      expect(output).toContain('the schema was not migrated');
      expect(output).toContain('Stopped at: stack antipode-ledger-primary in us-east-1');
      expect(output).toContain('Done: stack antipode-ledger-data-peering in us-east-1');
      expect(output).toContain('with the same command: ./deploy.sh --yes');
      expect(await place.statuses()).toContain('antipode-ledger-primary ROLLBACK_COMPLETE');
      const again = succeed(await run('deploy.sh'));
      expect(again).toContain('ledger is deployed');
      await write('us-east-1');
      await write('us-west-2');
    },
    timeoutMs,
  );

  it(
    'say that both Regions work, and what does not',
    async () => {
      const healthy = succeed(await run('verify.sh'));
      expect(healthy).toContain('ledger works in us-east-1 and us-west-2');
      expect(healthy).not.toContain('FAIL');
      const { code, output } = await run('verify.sh', '--parameter', 'LambdaFunctionPrefix=gone');
      expect(code).toBe(1);
      expect(output).toContain('FAIL  us-east-1 stack gone-ledger-primary: NONE');
    },
    timeoutMs,
  );

  it(
    'update a service by its parameters, and keep them the next time',
    async () => {
      const changes = ['LambdaMemorySize=512', 'LambdaTimeout=30', 'Owner=the ledger team'];
      const options = changes.flatMap((change) => ['--parameter', change]);
      succeed(
        await run('deploy.sh', ...options, '--parameter', 'EnableCrossRegionReplication=off'),
      );
      expect(await sizes('us-east-1')).toEqual([512, 30]);
      succeed(await run('deploy.sh'));
      expect(await sizes('us-east-1')).toEqual([512, 30]);
      expect(await sizes('us-west-2')).toEqual([512, 30]);
      await write('us-east-1');
    },
    timeoutMs,
  );

  it(
    'refuse another witness before anything changes',
    async () => {
      const other = ['--witness-region', 'us-east-1', '--primary-region', 'us-east-2'];
      const before = await place.statuses();
      const { code, output } = await run('deploy.sh', ...other);
      expect(code, output).not.toBe(0);
      expect(await place.statuses()).toEqual(before);
    },
    timeoutMs,
  );

  it(
    'delete the stacks and list the clusters that are kept',
    async () => {
      const output = succeed(await run('destroy.sh'));
      const clusters = await place.clusters();
      expect(clusters).toHaveLength(2);
      for (const cluster of clusters) expect(output).toContain(`AWS::DSQL::Cluster ${cluster} in `);
      expect(await place.statuses()).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'delete the clusters too when they are asked to, and prove that nothing is left',
    async () => {
      const output = succeed(await run('destroy.sh', '--delete-data'));
      expect(output).toContain('No stack, no cluster and no code of ledger is left in us-east-1');
      expect(await place.clusters()).toEqual([]);
    },
    timeoutMs,
  );
});
