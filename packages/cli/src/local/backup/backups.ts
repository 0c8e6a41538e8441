import { randomUUID } from 'node:crypto';
import type { Cluster } from 'antipode-local-dsql';
import { nameInArn } from '../arn.ts';
import { arnOf } from '../template/identities.ts';
import { backupFailure } from './errors.ts';
import { createJobs, type Jobs } from './jobs.ts';
import {
  createRecoveryPoints,
  type RecoveryPoint,
  type RecoveryPoints,
} from './recovery-points.ts';
import { type RestorePlan, readRestoreMetadata } from './restore-metadata.ts';
import { lockProblem, type Vault, vaultNamed } from './vaults.ts';

/** The parts of a stack that backups are made of and restored to. */
export type BackupDeps = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Receives the data of the backups. */
  readonly root: string;
  readonly vaults: (region: string) => readonly Vault[];
  readonly cluster: (region: string, identifier: string) => Cluster | undefined;
  /** Copies the data of a cluster to a new folder, and tells its size in bytes. */
  readonly backUp: (identifier: string, folder: string) => Promise<number>;
  /** Makes new clusters of the data in a folder, in the order of the plan. */
  readonly restore: (
    folder: string,
    plan: RestorePlan,
    tags: Readonly<Record<string, string>>,
  ) => Promise<readonly Cluster[]>;
};

export type BackupRequest = {
  readonly vaultName: string;
  readonly resourceArn: string;
  readonly roleArn: string;
  readonly keptDays?: number | undefined;
};

export type CopyRequest = {
  readonly vaultName: string;
  readonly recoveryPointArn: string;
  readonly destinationArn: string;
  readonly roleArn: string;
  readonly keptDays?: number | undefined;
};

export type RestoreRequest = {
  readonly recoveryPointArn: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly copiesTags: boolean;
  readonly roleArn?: string | undefined;
};

type Copying = CopyRequest & { readonly source: RecoveryPoint; readonly arn: string };

/** AWS Backup in all Regions of a stack. */
export interface Backups {
  readonly points: RecoveryPoints;
  readonly backupJobs: Jobs<BackupRequest & { readonly arn: string }, RecoveryPoint>;
  readonly copyJobs: Jobs<Copying, RecoveryPoint>;
  readonly restoreJobs: Jobs<
    RestoreRequest & { readonly point: RecoveryPoint },
    readonly Cluster[]
  >;
  readonly vaults: (region: string) => readonly Vault[];
  /** @throws {AwsError} as the service would refuse it */
  readonly startBackup: (
    region: string,
    request: BackupRequest,
  ) => ReturnType<Backups['backupJobs']['begin']>;
  /** @throws {AwsError} as the service would refuse it */
  readonly startCopy: (
    region: string,
    request: CopyRequest,
  ) => ReturnType<Backups['copyJobs']['begin']>;
  /** @throws {AwsError} as the service would refuse it */
  readonly startRestore: (
    region: string,
    request: RestoreRequest,
  ) => ReturnType<Backups['restoreJobs']['begin']>;
  /** @throws {AwsError} for a vault with a lock, or without that recovery point */
  readonly deletePoint: (region: string, vaultName: string, arn: string) => Promise<void>;
  /** Resolves when no job runs. */
  readonly stop: () => Promise<void>;
}

const newArn = (region: string): string =>
  arnOf('backup', region, `recovery-point:${randomUUID()}`);

const vaultPattern = /^arn:aws:backup:([a-z\d-]+):\d{12}:backup-vault:([\w.-]+)$/;

const refuseRetention = (vault: Vault, keptDays: number | undefined): void => {
  const problem = lockProblem(vault, keptDays);
  if (problem !== undefined) throw new Error(problem);
};

const backing = (deps: BackupDeps, points: RecoveryPoints, jobs: Backups['backupJobs']) =>
  ((region, request) => {
    const { vaultName, resourceArn, keptDays, roleArn } = request;
    const vault = vaultNamed(deps.vaults(region), vaultName);
    const cluster = deps.cluster(region, nameInArn(resourceArn));
    if (cluster?.arn !== resourceArn) {
      throw backupFailure(
        'InvalidParameterValueException',
        `${resourceArn} is no DSQL cluster of ${region}.`,
      );
    }
    const arn = newArn(region);
    return jobs.begin(region, { ...request, arn }, async () => {
      refuseRetention(vault, keptDays);
      const createdAt = deps.now();
      const folder = nameInArn(arn);
      const bytes = await deps.backUp(cluster.identifier, points.folderOf(folder));
      const point: RecoveryPoint = {
        ...{ arn, region, vaultName, vaultArn: vault.arn, resourceArn, roleArn, bytes, folder },
        ...{ createdAt, completedAt: deps.now(), ...(keptDays !== undefined && { keptDays }) },
      };
      await points.add(point);
      return point;
    });
  }) satisfies Backups['startBackup'];

const copying = (deps: BackupDeps, points: RecoveryPoints, jobs: Backups['copyJobs']) =>
  ((region, request) => {
    const { vaultName, recoveryPointArn, destinationArn, keptDays, roleArn } = request;
    const from = vaultNamed(deps.vaults(region), vaultName);
    const source = points.named(region, recoveryPointArn, vaultName);
    const [, toRegion = '', toName = ''] = vaultPattern.exec(destinationArn) ?? [];
    const to = vaultNamed(deps.vaults(toRegion), toName);
    const arn = newArn(toRegion);
    return jobs.begin(region, { ...request, source, arn }, async () => {
      refuseRetention(to, keptDays);
      const { keptDays: _, ...original } = source;
      const copy: RecoveryPoint = {
        ...original,
        ...{ arn, region: toRegion, vaultName: to.name, vaultArn: to.arn, roleArn },
        ...{ sourceVaultArn: from.arn, completedAt: deps.now() },
        ...(keptDays !== undefined && { keptDays }),
      };
      await points.add(copy);
      return copy;
    });
  }) satisfies Backups['startCopy'];

/**
 * The copies that the other Regions of a restore need: of the same resource and the same time.
 *
 * @see https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-auroradsql.html
 */
const refuseWithoutCopy = (
  { resourceArn, createdAt }: RecoveryPoint,
  { halves: [, ...others] }: RestorePlan,
  all: readonly RecoveryPoint[],
): void => {
  for (const { region } of others) {
    const isThere = all.some(
      (one) =>
        one.region === region && one.resourceArn === resourceArn && one.createdAt === createdAt,
    );
    if (!isThere) {
      throw new Error(`${region} has no copy of the recovery point: copy it there first.`);
    }
  }
};

const restoring = (deps: BackupDeps, points: RecoveryPoints, jobs: Backups['restoreJobs']) =>
  ((region, request) => {
    const point = points.named(region, request.recoveryPointArn);
    const plan = readRestoreMetadata(request.metadata, region);
    return jobs.begin(region, { ...request, point }, async () => {
      refuseWithoutCopy(point, plan, points.all());
      const source = deps.cluster(region, nameInArn(point.resourceArn));
      const tags = request.copiesTags ? (source?.tags ?? {}) : {};
      return deps.restore(points.folderOf(point.folder), plan, tags);
    });
  }) satisfies Backups['startRestore'];

/** AWS Backup over the clusters of a stack: it backs up what it is asked to, and has no plan. */
export const createBackups = (deps: BackupDeps): Backups => {
  const points = createRecoveryPoints(deps.root);
  const backupJobs: Backups['backupJobs'] = createJobs(deps.now);
  const copyJobs: Backups['copyJobs'] = createJobs(deps.now);
  const restoreJobs: Backups['restoreJobs'] = createJobs(deps.now);
  return {
    ...{ points, backupJobs, copyJobs, restoreJobs, vaults: deps.vaults },
    startBackup: backing(deps, points, backupJobs),
    startCopy: copying(deps, points, copyJobs),
    startRestore: restoring(deps, points, restoreJobs),
    deletePoint: async (region, vaultName, arn) => {
      points.named(region, arn, vaultName);
      if (vaultNamed(deps.vaults(region), vaultName).lock) {
        throw backupFailure(
          'InvalidRequestException',
          'RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)',
        );
      }
      await points.remove(arn);
    },
    stop: async () => {
      await Promise.all([backupJobs.idle(), copyJobs.idle(), restoreJobs.idle()]);
    },
  };
};
