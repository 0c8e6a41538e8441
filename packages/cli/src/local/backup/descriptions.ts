import { localAccount } from '../template/identities.ts';
import type { Backups } from './backups.ts';
import { seconds, stateOf } from './jobs.ts';
import type { RecoveryPoint } from './recovery-points.ts';
import type { Vault } from './vaults.ts';

/** The name of clusters among the resource types of AWS Backup. */
const resourceType = 'Aurora DSQL';

const lifecycle = (keptDays: number | undefined) =>
  keptDays === undefined ? {} : { DeleteAfterDays: keptDays };

export const describePoint = (point: RecoveryPoint) => ({
  RecoveryPointArn: point.arn,
  BackupVaultName: point.vaultName,
  BackupVaultArn: point.vaultArn,
  SourceBackupVaultArn: point.sourceVaultArn,
  ResourceArn: point.resourceArn,
  ResourceType: resourceType,
  IamRoleArn: point.roleArn,
  Status: 'COMPLETED',
  CreationDate: seconds(point.createdAt),
  InitiationDate: seconds(point.createdAt),
  CompletionDate: seconds(point.completedAt),
  BackupSizeInBytes: point.bytes,
  Lifecycle: lifecycle(point.keptDays),
  IsEncrypted: true,
  IsParent: false,
  StorageClass: 'WARM',
  VaultType: 'BACKUP_VAULT',
});

export const describeVault = ({ name, arn, lock }: Vault, pointsCount: number) => ({
  BackupVaultName: name,
  BackupVaultArn: arn,
  VaultType: 'BACKUP_VAULT',
  NumberOfRecoveryPoints: pointsCount,
  Locked: lock !== undefined,
  MinRetentionDays: lock?.minDays,
  MaxRetentionDays: lock?.maxDays,
});

export const describeBackupJob = (job: ReturnType<Backups['backupJobs']['named']>) => {
  const { state, common } = stateOf(job);
  const { vaultName, resourceArn, roleArn, keptDays, arn } = job.subject;
  const point = job.end && 'result' in job.end ? job.end.result : undefined;
  return {
    ...common,
    AccountId: localAccount,
    BackupJobId: job.id,
    BackupVaultName: vaultName,
    RecoveryPointArn: arn,
    RecoveryPointLifecycle: lifecycle(keptDays),
    ResourceArn: resourceArn,
    ResourceType: resourceType,
    IamRoleArn: roleArn,
    State: state,
    PercentDone: point ? '100.0' : '0.0',
    BackupSizeInBytes: point?.bytes,
    IsParent: false,
  };
};

export const describeCopyJob = (job: ReturnType<Backups['copyJobs']['named']>) => {
  const { state, common } = stateOf(job);
  const { source, destinationArn, roleArn, arn } = job.subject;
  return {
    ...common,
    AccountId: localAccount,
    CopyJobId: job.id,
    SourceBackupVaultArn: source.vaultArn,
    SourceRecoveryPointArn: source.arn,
    DestinationBackupVaultArn: destinationArn,
    DestinationRecoveryPointArn: arn,
    ResourceArn: source.resourceArn,
    ResourceType: resourceType,
    IamRoleArn: roleArn,
    State: state,
    BackupSizeInBytes: source.bytes,
    IsParent: false,
  };
};

export const describeRestoreJob = (job: ReturnType<Backups['restoreJobs']['named']>) => {
  const { state, common } = stateOf(job);
  const { point, roleArn } = job.subject;
  const [created] = job.end && 'result' in job.end ? job.end.result : [];
  return {
    ...common,
    AccountId: localAccount,
    RestoreJobId: job.id,
    RecoveryPointArn: point.arn,
    SourceResourceArn: point.resourceArn,
    BackupVaultArn: point.vaultArn,
    RecoveryPointCreationDate: seconds(point.createdAt),
    ResourceType: resourceType,
    IamRoleArn: roleArn,
    Status: state,
    PercentDone: created ? '100.00%' : '0.00%',
    BackupSizeInBytes: point.bytes,
    CreatedResourceArn: created?.arn,
    IsParent: false,
  };
};
