import * as v from 'valibot';
import { nameInArn } from '../arn.ts';
import { firstIssue, integer } from '../aws-json.ts';
import { pageOf } from '../pages.ts';
import type { Backups } from './backups.ts';
import {
  describeBackupJob,
  describeCopyJob,
  describePoint,
  describeRestoreJob,
  describeVault,
} from './descriptions.ts';
import { backupFailure } from './errors.ts';
import { seconds } from './jobs.ts';
import { vaultNamed } from './vaults.ts';

/** The members of a request, wherever they come. */
export type Input = Readonly<Record<string, unknown>>;

type Operation = (backups: Backups, region: string, input: Input) => unknown;

/** Recovery points of one page (API reference, ListRecoveryPointsByBackupVault). */
const pageMax = 1_000;

const lifecycle = v.optional(v.strictObject({ DeleteAfterDays: v.optional(integer) }));
const token = v.optional(v.string());

/** A request whose members are checked; one that the schema does not name is an error. */
const checked =
  <Schema extends v.GenericSchema>(
    schema: Schema,
    run: (backups: Backups, region: string, input: v.InferOutput<Schema>) => unknown,
  ): Operation =>
  (backups, region, input) => {
    const result = v.safeParse(schema, input);
    if (result.success) return run(backups, region, result.output);
    const [issue] = result.issues;
    throw backupFailure(
      issue.input === undefined
        ? 'MissingParameterValueException'
        : 'InvalidParameterValueException',
      firstIssue(result.issues),
    );
  };

const job = v.strictObject({ id: v.string() });
const vault = v.strictObject({ vaultName: v.string() });
const point = v.strictObject({ vaultName: v.string(), recoveryPointArn: v.string() });

/** A time in the query of a request, as the CLI writes it. */
const time = v.optional(
  v.pipe(v.string(), v.transform(Date.parse), v.number('Invalid time: give one of ISO 8601')),
);

const listPoints = v.strictObject({
  createdAfter: time,
  createdBefore: time,
  vaultName: v.string(),
  maxResults: v.optional(v.pipe(v.string(), v.transform(Number))),
  nextToken: token,
  resourceArn: v.optional(v.string()),
});

const startBackup = v.strictObject({
  BackupVaultName: v.string(),
  ResourceArn: v.string(),
  IamRoleArn: v.string(),
  IdempotencyToken: token,
  StartWindowMinutes: v.optional(integer),
  CompleteWindowMinutes: v.optional(integer),
  Lifecycle: lifecycle,
});

const startCopy = v.strictObject({
  RecoveryPointArn: v.string(),
  SourceBackupVaultName: v.string(),
  DestinationBackupVaultArn: v.string(),
  IamRoleArn: v.string(),
  IdempotencyToken: token,
  Lifecycle: lifecycle,
});

const startRestore = v.strictObject({
  RecoveryPointArn: v.string(),
  Metadata: v.record(v.string(), v.string()),
  IamRoleArn: v.optional(v.string()),
  IdempotencyToken: token,
  ResourceType: v.optional(v.string()),
  CopySourceTagsToRestoredResource: v.optional(v.boolean(), false),
});

const starting = {
  StartBackupJob: checked(startBackup, (backups, region, input) => {
    const { id, subject, createdAt } = backups.startBackup(region, {
      vaultName: input.BackupVaultName,
      resourceArn: input.ResourceArn,
      roleArn: input.IamRoleArn,
      keptDays: input.Lifecycle?.DeleteAfterDays,
    });
    const CreationDate = seconds(createdAt);
    return { BackupJobId: id, RecoveryPointArn: subject.arn, CreationDate, IsParent: false };
  }),
  StartCopyJob: checked(startCopy, (backups, region, input) => {
    const { id, createdAt } = backups.startCopy(region, {
      vaultName: input.SourceBackupVaultName,
      recoveryPointArn: input.RecoveryPointArn,
      destinationArn: input.DestinationBackupVaultArn,
      roleArn: input.IamRoleArn,
      keptDays: input.Lifecycle?.DeleteAfterDays,
    });
    return { CopyJobId: id, CreationDate: seconds(createdAt), IsParent: false };
  }),
  StartRestoreJob: checked(startRestore, (backups, region, input) => {
    const { id } = backups.startRestore(region, {
      recoveryPointArn: input.RecoveryPointArn,
      metadata: input.Metadata,
      copiesTags: input.CopySourceTagsToRestoredResource,
      roleArn: input.IamRoleArn,
    });
    return { RestoreJobId: id };
  }),
} as const;

const listing = checked(listPoints, ({ points, vaults }, region, input) => {
  const { name } = vaultNamed(vaults(region), input.vaultName);
  const all = points
    .inVault(region, name)
    .filter(({ resourceArn }) => (input.resourceArn ?? resourceArn) === resourceArn)
    .filter(({ createdAt }) => createdAt >= (input.createdAfter ?? Number.NEGATIVE_INFINITY))
    .filter(({ createdAt }) => createdAt <= (input.createdBefore ?? Number.POSITIVE_INFINITY))
    // The newest first, as the service lists them.
    .toSorted((one, other) => other.createdAt - one.createdAt);
  const itemsMax = Math.min(Math.max(1, input.maxResults ?? pageMax), pageMax);
  const page = pageOf(all, ({ arn }) => arn, { itemsMax, token: input.nextToken });
  if (page) return { RecoveryPoints: page.items.map(describePoint), NextToken: page.nextToken };
  throw backupFailure('InvalidParameterValueException', 'NextToken is not of an earlier page.');
});

/** The operations of AWS Backup that a backup and a restore of a cluster need. */
export const operations = {
  ...starting,
  DescribeBackupJob: checked(job, ({ backupJobs }, region, { id }) =>
    describeBackupJob(backupJobs.named(region, id)),
  ),
  DescribeCopyJob: checked(job, ({ copyJobs }, region, { id }) => ({
    CopyJob: describeCopyJob(copyJobs.named(region, id)),
  })),
  DescribeRestoreJob: checked(job, ({ restoreJobs }, region, { id }) =>
    describeRestoreJob(restoreJobs.named(region, id)),
  ),
  ListBackupVaults: ({ vaults, points }, region) => ({
    BackupVaultList: vaults(region).map((one) =>
      describeVault(one, points.inVault(region, one.name).length),
    ),
  }),
  DescribeBackupVault: checked(vault, ({ vaults, points }, region, { vaultName }) =>
    describeVault(vaultNamed(vaults(region), vaultName), points.inVault(region, vaultName).length),
  ),
  ListRecoveryPointsByBackupVault: listing,
  DescribeRecoveryPoint: checked(point, ({ points }, region, { recoveryPointArn, vaultName }) =>
    describePoint(points.named(region, recoveryPointArn, vaultName)),
  ),
  DeleteRecoveryPoint: checked(point, (backups, region, { vaultName, recoveryPointArn }) =>
    backups.deletePoint(region, vaultName, recoveryPointArn),
  ),
  GetRecoveryPointRestoreMetadata: checked(
    point,
    ({ points }, region, { recoveryPointArn, vaultName }) => {
      const { arn, vaultArn, resourceArn } = points.named(region, recoveryPointArn, vaultName);
      return {
        BackupVaultArn: vaultArn,
        RecoveryPointArn: arn,
        RestoreMetadata: { cluster_id: nameInArn(resourceArn) },
        ResourceType: 'Aurora DSQL',
      };
    },
  ),
} as const satisfies Readonly<Record<string, Operation>>;

/** The name of an operation of AWS Backup. */
export type BackupOperation = keyof typeof operations;
