import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  BackupPlanRule,
  BackupResource,
  BackupVault,
  type IBackupVault,
  type LockConfiguration,
  BackupPlan as Plan,
} from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { DsqlClusterBase } from '../constructs/dsql-cluster.ts';
import { requireWithin } from '../constructs/props.ts';

/**
 * The shortest time in which a lock of the compliance mode can still be taken away (API reference
 * of AWS Backup, `PutBackupVaultLockConfiguration`). Days.
 */
const changeableDays = 3;

/** A hundred years, the most that AWS Backup keeps a recovery point (API reference, Lifecycle). */
const keptDaysMax = 36_500;

/** The vault of one Region, and the plan that fills it. */
export type ClusterBackupsProps = {
  /** The name of the vault, which the plan of the other Region copies into. */
  readonly vaultName: string;
  /** Whether the vault outlives its stack. One with backups cannot be deleted. */
  readonly protect: boolean;
  /**
   * Refuses to delete a backup before its time, and one that would be kept for fewer days.
   * `governance` can be taken away by those who may. `compliance` cannot be taken away by anybody,
   * from three days after it was set on.
   */
  readonly lock?: { readonly mode: 'governance' | 'compliance'; readonly keptDaysMin: number };
  /** Encrypts the backups; AWS Backup's key unless given. */
  readonly encryptionKey?: IKey;
  /**
   * The plan, in one of the two Regions: a daily backup of the cluster, and its copy in the other
   * Region. A cluster of two Regions is restored from a backup and its copy (AWS Backup developer
   * guide, Amazon Aurora DSQL backups).
   */
  readonly plan?: {
    readonly cluster: DsqlClusterBase;
    /** Days that a backup is kept, 1 to 36,500. */
    readonly keptDays: number;
    /** The Region of the other vault, which has the same name. */
    readonly copyRegion: string;
  };
};

/**
 * A vault for the backups of one Region's half of a cluster and, where asked for, the plan that
 * fills it and the vault of the other Region.
 *
 * The account must have opted in to Aurora DSQL in AWS Backup, in both Regions.
 *
 * @throws {InvalidProp} for days that AWS Backup would refuse
 */
export class ClusterBackups extends Construct {
  /** Keeps the backups, also the copies from the other Region. */
  readonly vault: BackupVault;

  constructor(scope: Construct, id: string, props: ClusterBackupsProps) {
    super(scope, id);
    const { vaultName, protect, encryptionKey, plan, lock } = props;
    this.vault = new BackupVault(this, 'Vault', {
      ...{ backupVaultName: vaultName, ...defined({ encryptionKey }) },
      ...(lock && { lockConfiguration: this.#lock(lock) }),
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    if (plan) this.#plan(vaultName, plan);
  }

  #lock({ mode, keptDaysMin }: NonNullable<ClusterBackupsProps['lock']>): LockConfiguration {
    requireWithin(this, 'keptDaysMin', keptDaysMin, [1, keptDaysMax]);
    return {
      minRetention: Duration.days(keptDaysMin),
      ...(mode === 'compliance' && { changeableFor: Duration.days(changeableDays) }),
    };
  }

  #plan(vaultName: string, plan: NonNullable<ClusterBackupsProps['plan']>): void {
    const { cluster, keptDays, copyRegion } = plan;
    requireWithin(this, 'keptDays', keptDays, [1, keptDaysMax]);
    const deleteAfter = Duration.days(keptDays);
    const copies = BackupVault.fromBackupVaultArn(
      this,
      'Copies',
      Stack.of(this).formatArn({
        ...{ service: 'backup', region: copyRegion, resource: `backup-vault:${vaultName}` },
      }),
    );
    const daily = new Plan(this, 'Plan', { backupPlanName: `${vaultName}-daily` });
    daily.addRule(
      new BackupPlanRule({
        ruleName: 'daily',
        // The CDK's class does not meet its own interface under `exactOptionalPropertyTypes`.
        backupVault: this.vault as IBackupVault,
        scheduleExpression: Schedule.cron({ hour: '5', minute: '0' }),
        deleteAfter,
        copyActions: [{ destinationBackupVault: copies, deleteAfter }],
      }),
    );
    daily.addSelection('Cluster', { resources: [BackupResource.fromArn(cluster.arn)] });
  }
}
