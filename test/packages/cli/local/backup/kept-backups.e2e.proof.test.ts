import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../../../packages/cli/src/local/index.ts';
import { awsOf } from './aws-backup.ts';

const region = 'us-east-1';
const IamRoleArn = 'arn:aws:iam::000000000000:role/backup';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-kept-'));
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(folder, 0o755);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const templateBody = JSON.stringify({
  Resources: {
    Vault: { Type: 'AWS::Backup::BackupVault', Properties: { BackupVaultName: 'safe' } },
    Cluster: { Type: 'AWS::DSQL::Cluster', Properties: { DeletionProtectionEnabled: false } },
  },
  Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Cluster', 'ResourceArn'] } } },
});

const open = async () => {
  const stack = await startStack({ regions: [region], dataDir: join(folder, 'data') });
  return { stack, aws: awsOf(stack) };
};

it('a stack with a data folder keeps its backups, and the clusters restored from them', async () => {
  const first = await open();
  const deployments = first.stack.deployments.inRegion(region);
  const change = { stackName: 'data', name: 'first', type: 'CREATE' as const, templateBody };
  const { id } = await deployments.createChangeSet(change);
  deployments.executeChangeSet(id);
  await deployments.settled('data');
  const arn = first.stack.outputs['data']?.['Arn'] ?? '';
  const endpointOf = async (aws: (typeof first)['aws'], cluster: string) => {
    const path = `/cluster/${cluster.split('/')[1]}`;
    return (await aws.ask(region, 'dsql', 'GET', path)).body.endpoint as string;
  };
  const own = await endpointOf(first.aws, arn);
  await first.aws.query(own, region, 'CREATE TABLE seat (id text PRIMARY KEY)');
  await first.aws.query(own, region, "INSERT INTO seat VALUES ('1A')");
  const request = { BackupVaultName: 'safe', ResourceArn: arn, IamRoleArn };
  const { body } = await first.aws.ask(region, 'backup', 'PUT', '/backup-jobs', request);
  await first.aws.ended(region, `/backup-jobs/${body.BackupJobId}`);
  const restore = async (aws: (typeof first)['aws']): Promise<string> => {
    const { RecoveryPointArn } = body;
    const job = { RecoveryPointArn, Metadata: {}, IamRoleArn };
    const started = await aws.ask(region, 'backup', 'PUT', '/restore-jobs', job);
    const path = `/restore-jobs/${started.body.RestoreJobId}`;
    return (await aws.ended(region, path)).CreatedResourceArn;
  };
  const restored = await restore(first.aws);
  const before = await endpointOf(first.aws, restored);
  await first.aws.query(before, region, "INSERT INTO seat VALUES ('2B')");
  await first.aws.query(own, region, 'DELETE FROM seat');
  await first.stack.stop();

  const second = await open();
  try {
    const seats = async (cluster: string) =>
      second.aws.query(await endpointOf(second.aws, cluster), region, 'SELECT id FROM seat');
    expect(await seats(arn)).toEqual([]);
    expect(await seats(restored)).toEqual([{ id: '1A' }, { id: '2B' }]);
    expect(await seats(await restore(second.aws))).toEqual([{ id: '1A' }]);
    const { body: described } = await second.aws.ask(
      ...([region, 'dsql', 'GET', `/cluster/${restored.split('/')[1]}`] as const),
    );
    expect(described).toMatchObject({ status: 'ACTIVE', deletionProtectionEnabled: true });
  } finally {
    await second.stack.stop();
  }
}, 180_000);
