import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalStack, startStack } from '../../../../../packages/cli/src/local/index.ts';
import { type AwsOfStack, awsOf } from './aws-backup.ts';

const [primary, secondary, witness] = ['us-east-1', 'us-west-2', 'us-east-2'];
const IamRoleArn = 'arn:aws:iam::000000000000:role/backup';

let stack: LocalStack;
let aws: AwsOfStack;
/** The clusters of the service, the primary's first. */
let clusters: readonly { readonly arn: string; readonly endpoint: string }[];

const template = (peer: string | undefined, lock?: object): string =>
  JSON.stringify({
    Resources: {
      Vault: {
        Type: 'AWS::Backup::BackupVault',
        Properties: { BackupVaultName: 'safe', ...(lock && { LockConfiguration: lock }) },
      },
      Cluster: {
        Type: 'AWS::DSQL::Cluster',
        Properties: {
          DeletionProtectionEnabled: false,
          MultiRegionProperties: { WitnessRegion: witness, ...(peer && { Clusters: [peer] }) },
        },
      },
    },
    Outputs: {
      Arn: { Value: { 'Fn::GetAtt': ['Cluster', 'ResourceArn'] } },
      Endpoint: { Value: { 'Fn::GetAtt': ['Cluster', 'Endpoint'] } },
    },
  });

const deploy = async (region: string, templateBody: string) => {
  const deployments = stack.deployments.inRegion(region);
  const change = { stackName: 'data', name: 'first', type: 'CREATE' as const, templateBody };
  const { id } = await deployments.createChangeSet(change);
  deployments.executeChangeSet(id);
  await deployments.settled('data');
  const { Arn: arn = '', Endpoint: endpoint = '' } = stack.outputs['data'] ?? {};
  return { arn, endpoint };
};

const identifierOf = (arn: string): string => arn.split('/').at(-1) ?? '';

beforeAll(async () => {
  stack = await startStack({ regions: [primary, secondary] });
  aws = awsOf(stack);
  const first = await deploy(primary, template(undefined));
  const second = await deploy(secondary, template(first.arn, { MinRetentionDays: 7 }));
  clusters = [first, second];
  await aws.ask(primary, 'dsql', 'POST', `/cluster/${identifierOf(first.arn)}`, {
    multiRegionProperties: { witnessRegion: witness, clusters: [second.arn] },
  });
  await aws.query(first.endpoint, primary, 'CREATE TABLE seat (id text PRIMARY KEY)');
  await aws.query(first.endpoint, primary, "INSERT INTO seat VALUES ('1A'), ('1B')");
});

afterAll(() => stack?.stop());

const point = '/backup-vaults/safe/recovery-points/';

const start = async (region: string, kind: string, request: object) => {
  const { status, body } = await aws.ask(region, 'backup', 'PUT', `/${kind}-jobs`, request);
  expect(status, JSON.stringify(body)).toBe(200);
  const id = body.BackupJobId ?? body.CopyJobId ?? body.RestoreJobId;
  return aws.ended(region, `/${kind}-jobs/${id}`);
};

const backUp = () =>
  start(primary, 'backup', {
    ...{ BackupVaultName: 'safe', ResourceArn: clusters[0]?.arn, IamRoleArn },
    Lifecycle: { DeleteAfterDays: 35 },
  });

let earlier: ReturnType<typeof backUp> | undefined;
/** A backup for requests that are refused, or that change nothing of it. */
const anyBackup = () => {
  earlier ??= backUp();
  return earlier;
};

const copy = (RecoveryPointArn: string, days = 35) =>
  start(primary, 'copy', {
    ...{ RecoveryPointArn, SourceBackupVaultName: 'safe', IamRoleArn },
    DestinationBackupVaultArn: `arn:aws:backup:${secondary}:000000000000:backup-vault:safe`,
    Lifecycle: { DeleteAfterDays: days },
  });

const bothRegions = {
  witnessRegion: witness,
  useMultiRegionOrchestration: 'true',
  peerRegion: JSON.stringify([secondary]),
  regionalConfig: JSON.stringify(
    [primary, secondary].map((region) => ({ region, isDeletionProtectionEnabled: false })),
  ),
};

const restore = (RecoveryPointArn: string, Metadata: object, more = {}) =>
  start(primary, 'restore', { RecoveryPointArn, Metadata, IamRoleArn, ...more });

const clusterAt = async (region: string, arn: string) =>
  (await aws.ask(region, 'dsql', 'GET', `/cluster/${identifierOf(arn)}`)).body;

const seats = async (region: string, endpoint: string) =>
  (await aws.query(endpoint, region, 'SELECT id FROM seat ORDER BY id')).map(({ id }) => id);

describe('a backup of the local stack', () => {
  it('is restored into a new pair of clusters, beside the pair that goes on', async () => {
    const job = await backUp();
    expect(job).toMatchObject({ State: 'COMPLETED', ResourceType: 'Aurora DSQL' });
    await aws.query(clusters[1]?.endpoint ?? '', secondary, "DELETE FROM seat WHERE id = '1A'");
    await copy(job.RecoveryPointArn);
    const listed = await aws.ask(secondary, 'backup', 'GET', point);
    expect(listed.body.RecoveryPoints).toMatchObject([
      { ResourceArn: clusters[0]?.arn, Status: 'COMPLETED', Lifecycle: { DeleteAfterDays: 35 } },
    ]);
    const earlier = new Date(job.CreationDate * 1_000 - 1_000).toISOString();
    const before = await aws.ask(secondary, 'backup', 'GET', `${point}?createdBefore=${earlier}`);
    expect(before.body.RecoveryPoints).toEqual([]);
    const { Status, CreatedResourceArn } = await restore(job.RecoveryPointArn, bothRegions);
    expect(Status).toBe('COMPLETED');
    const first = await clusterAt(primary, CreatedResourceArn);
    expect(first).toMatchObject({ status: 'ACTIVE', deletionProtectionEnabled: false });
    const [, peerArn] = first.multiRegionProperties.clusters;
    const second = await clusterAt(secondary, peerArn);
    expect(second.status).toBe('ACTIVE');
    expect(await seats(primary, first.endpoint)).toEqual(['1A', '1B']);
    await aws.query(first.endpoint, primary, "INSERT INTO seat VALUES ('1C')");
    expect(await seats(secondary, second.endpoint)).toEqual(['1A', '1B', '1C']);
    expect(await seats(primary, clusters[0]?.endpoint ?? '')).toEqual(['1B']);
    // A restored pair goes with its data by DSQL's own API, and leaves the other pair alone.
    for (const { region, arn } of [first, second].map(({ arn }, at) => ({
      ...{ arn, region: [primary, secondary][at] ?? '' },
    }))) {
      await aws.ask(region, 'dsql', 'DELETE', `/cluster/${identifierOf(arn)}`);
    }
    await expect(seats(primary, first.endpoint)).rejects.toThrow('ECONNREFUSED');
    expect(await seats(primary, clusters[0]?.endpoint ?? '')).toEqual(['1B']);
  });

  it('is restored in one Region, protected unless asked otherwise', async () => {
    const { RecoveryPointArn } = await backUp();
    const { CreatedResourceArn } = await restore(RecoveryPointArn, {});
    const made = await clusterAt(primary, CreatedResourceArn);
    expect(made).toMatchObject({ status: 'ACTIVE', deletionProtectionEnabled: true });
    expect(made.multiRegionProperties).toBeUndefined();
    expect(await seats(primary, made.endpoint)).toEqual(['1B']);
  });

  it('is not restored in two Regions without a copy in the other one', async () => {
    const { RecoveryPointArn } = await anyBackup();
    expect(await restore(RecoveryPointArn, bothRegions)).toMatchObject({
      Status: 'FAILED',
      StatusMessage: 'us-west-2 has no copy of the recovery point: copy it there first.',
    });
  });

  it.each([
    ['the answer of GetRecoveryPointRestoreMetadata', { cluster_id: 'a' }, 'cluster_id'],
    ['a text that is no JSON', { regionalConfig: '[' }, 'regionalConfig is not valid'],
    ['a peer without a witness', { ...bothRegions, witnessRegion: undefined }, 'witnessRegion'],
    ['no peer', { ...bothRegions, peerRegion: '[]' }, 'peerRegion must name one other Region'],
  ])('refuses %s as the metadata of a restore', async (_, Metadata, message) => {
    const { RecoveryPointArn } = await anyBackup();
    const request = { RecoveryPointArn, Metadata, IamRoleArn };
    const { status, body } = await aws.ask(primary, 'backup', 'PUT', '/restore-jobs', request);
    expect(status).toBe(400);
    expect(body).toEqual({
      Code: 'InvalidParameterValueException',
      Message: expect.stringContaining(message),
    });
  });

  it('stays in a vault with a lock, which takes no shorter retention', async () => {
    const { RecoveryPointArn } = await backUp();
    expect(await copy(RecoveryPointArn, 1)).toMatchObject({
      State: 'FAILED',
      StatusMessage: 'The lock of backup vault safe takes a retention of 7 to 36500 days.',
    });
    const { DestinationRecoveryPointArn: copied } = await copy(RecoveryPointArn);
    const remove = (region: string, arn: string) =>
      aws.ask(region, 'backup', 'DELETE', `${point}${encodeURIComponent(arn)}`);
    expect((await remove(secondary, copied)).body).toEqual({
      Code: 'InvalidRequestException',
      Message: 'RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)',
    });
    expect((await remove(primary, RecoveryPointArn)).status).toBe(200);
    const gone = await aws.ask(primary, 'backup', 'GET', `${point}${RecoveryPointArn}`);
    expect(gone.body.Code).toBe('ResourceNotFoundException');
  });
});
