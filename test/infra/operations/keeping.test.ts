import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, it } from 'vitest';
import { ClusterBackups, DsqlCluster, FaultExperiment } from '../../../infra/index.ts';
import { booking } from '../support/booking.ts';
import { stackOf } from '../support/parts.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { at, listOf, ofType, type Template, textOf, theOnly } from '../support/template.ts';

const page = join(import.meta.dirname, '../../../docs/disaster.md');
const disasters = readFileSync(page, 'utf8');

const templatesOf = (environment: Readonly<Record<string, string>> = {}) => {
  const assembly = placeholderApp(booking, { environment }).synth();
  return (name: string): Template =>
    assembly.getStackByName(`antipode-booking-${name}`).template as Template;
};

describe('the backups of a cluster', () => {
  const of = templatesOf({ BACKUP_DAYS: '35' });

  it('have a vault in each Region, which outlives its stack', () => {
    for (const name of ['data-primary', 'data-secondary']) {
      const vault = theOnly(of(name), 'AWS::Backup::BackupVault');
      expect(vault.Properties['BackupVaultName']).toBe('antipode-booking-backups');
      expect(vault.DeletionPolicy).toBe('Retain');
    }
    const thrownAway = templatesOf({ BACKUP_DAYS: '35', PROTECT_DATA: 'off' });
    const vault = theOnly(thrownAway('data-primary'), 'AWS::Backup::BackupVault');
    expect(vault.DeletionPolicy).toBe('Delete');
  });

  it('keep their vault in the import of a cluster, which its name would keep from coming back', () => {
    const imported = templatesOf({ BACKUP_DAYS: '35', IMPORT_CLUSTERS: 'on' });
    for (const name of ['data-primary', 'data-secondary']) {
      expect(
        Object.values(imported(name).Resources)
          .map(({ Type }) => Type)
          .toSorted(),
      ).toEqual([...['AWS::Backup::BackupVault', 'AWS::DSQL::Cluster']]);
      // The page about disasters maps them to the resources that exist.
      for (const id of Object.keys(imported(name).Resources))
        expect(disasters).toContain(`${id}\\"`);
      expect(ofType(imported(name), 'AWS::Backup::BackupVault')).toEqual(
        ofType(of(name), 'AWS::Backup::BackupVault'),
      );
    }
  });

  it('are made daily in one Region, and copied to the vault of the other one', () => {
    const plan = theOnly(of('data-primary'), 'AWS::Backup::BackupPlan');
    const [rule, ...others] = listOf(at(plan.Properties, 'BackupPlan', 'BackupPlanRule'));
    expect(others).toEqual([]);
    expect(rule).toMatchObject({
      ...{ ScheduleExpression: 'cron(0 5 * * ? *)', Lifecycle: { DeleteAfterDays: 35 } },
      CopyActions: [{ Lifecycle: { DeleteAfterDays: 35 } }],
    });
    expect(textOf(at(rule, 'CopyActions', 0, 'DestinationBackupVaultArn'))).toBe(
      'arn:AWS::Partition:backup:us-west-2:AWS::AccountId:backup-vault:antipode-booking-backups',
    );
    const selection = theOnly(of('data-primary'), 'AWS::Backup::BackupSelection');
    expect(listOf(at(selection.Properties, 'BackupSelection', 'Resources')).map(textOf)).toEqual([
      'Cluster.ResourceArn',
    ]);
    expect(ofType(of('data-secondary'), 'AWS::Backup::BackupPlan')).toEqual([]);
  });

  it('are not made by default', () => {
    expect(ofType(templatesOf()('data-primary'), 'AWS::Backup::BackupVault')).toEqual([]);
  });

  it('are refused for a time that AWS Backup does not take', () => {
    const stack = stackOf();
    const cluster = new DsqlCluster(stack, 'Cluster', { protect: true });
    const plan = { cluster, keptDays: 36_501, copyRegion: 'us-west-2' };
    expect(
      () => new ClusterBackups(stack, 'Backups', { vaultName: 'safe', protect: true, plan }),
    ).toThrow('keptDays of us-east-1/Backups is 36501, use a whole number from 1 to 36500');
  });
});

describe('the lock of the vaults', () => {
  const lockIn = (name: string, environment: Readonly<Record<string, string>>) =>
    theOnly(templatesOf({ BACKUP_DAYS: '35', ...environment })(name), 'AWS::Backup::BackupVault')
      .Properties['LockConfiguration'];

  it('refuses to delete a backup before its time, and can be taken away in governance mode', () => {
    for (const name of ['data-primary', 'data-secondary']) {
      expect(lockIn(name, { BACKUP_LOCK: 'governance' })).toEqual({ MinRetentionDays: 35 });
    }
  });

  it('cannot be taken away in compliance mode, from three days after it was set on', () => {
    const lock = lockIn('data-primary', { BACKUP_LOCK: 'compliance' });
    expect(lock).toEqual({ MinRetentionDays: 35, ChangeableForDays: 3 });
  });

  it('is off by default', () => {
    expect(lockIn('data-primary', {})).toBeUndefined();
  });
});

describe('the experiment in which a cluster refuses connections', () => {
  const of = templatesOf({ FAULT_EXPERIMENT: 'on' });

  it('is stopped by the alarm on failed requests of its Region', () => {
    const { Properties } = theOnly(of('primary'), 'AWS::FIS::ExperimentTemplate');
    const [stop, ...others] = listOf(Properties['StopConditions']);
    expect(others).toEqual([]);
    const alarm = of('primary').Resources[textOf(at(stop, 'Value', 'Fn::GetAtt', 0))];
    expect(alarm?.Properties['AlarmName']).toBe('antipode-booking-api-errors');
  });

  it('fails a share of the connections of its own cluster', () => {
    const { Properties } = theOnly(of('secondary'), 'AWS::FIS::ExperimentTemplate');
    expect(Properties['Actions']).toEqual({
      Connections: {
        ActionId: 'aws:dsql:cluster-connection-failure',
        Parameters: { duration: 'PT15M', percentage: '50' },
        Targets: { Clusters: 'Cluster' },
      },
    });
    expect(at(Properties, 'Targets', 'Cluster')).toMatchObject({
      ...{ ResourceType: 'aws:dsql:cluster', SelectionMode: 'ALL' },
    });
  });

  it('is not there by default', () => {
    expect(ofType(templatesOf()('primary'), 'AWS::FIS::ExperimentTemplate')).toEqual([]);
  });

  it('is refused for a share or a time that the action does not take', () => {
    const stack = stackOf();
    const cluster = new DsqlCluster(stack, 'Cluster', { protect: true });
    const stopAlarm = Alarm.fromAlarmArn(stack, 'Alarm', 'arn:aws:cloudwatch:::alarm:a');
    const props = { experimentName: 'one', cluster, stopAlarm };
    expect(() => new FaultExperiment(stack, 'One', { ...props, percentage: 0 })).toThrow(
      'percentage of us-east-1/One is 0, use a whole number from 1 to 100',
    );
    expect(() => new FaultExperiment(stack, 'Two', { ...props, minutes: 721 })).toThrow(
      'minutes of us-east-1/Two is 721, use a whole number from 1 to 720',
    );
  });
});

describe('clusters that were restored', () => {
  const [first, second] = ['a'.repeat(26), 'b'.repeat(26)];
  const environment = { RESTORED_CLUSTERS: `${first} ${second}` };
  const [of, usual] = [templatesOf(environment), templatesOf()];

  it('serve in place of those of the data stacks, which stay as they are', () => {
    for (const name of ['data-primary', 'data-secondary', 'data-peering']) {
      expect(of(name).Resources).toEqual(usual(name).Resources);
      expect(of(name).Outputs).toMatchObject(usual(name).Outputs ?? {});
    }
    for (const [name, identifier] of [
      ['primary', first],
      ['secondary', second],
    ] as const) {
      const text = JSON.stringify(of(name));
      expect(text).toContain(`${identifier}.dsql.`);
      expect(text).toContain(`:cluster/${identifier}`);
      expect(text).not.toContain('ImportValue');
    }
  });
});

describe('the name of a vault', () => {
  const environment = { CLUSTER_NAME_PREFIX: 'a'.repeat(38) };
  const problem = /^Vault name a+-booking-backups has 54 characters, AWS takes 50: use a shorter/m;

  it('is refused where AWS would refuse it, and where there is a vault only', () => {
    expect(() => templatesOf({ ...environment, BACKUP_DAYS: '7' })).toThrow(problem);
    expect(() => templatesOf(environment)).not.toThrow();
  });
});

describe('the budget', () => {
  const settings = { BUDGET_USD: '200', ALARM_EMAIL: 'on-call@example.com', APPLICATION: 'shop' };
  const of = templatesOf(settings);

  it('counts what carries the tag of the application, once for both Regions', () => {
    const { Properties } = theOnly(of('data-primary'), 'AWS::Budgets::Budget');
    expect(Properties['Budget']).toEqual({
      ...{ BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 200, Unit: 'USD' } },
      CostFilters: { TagKeyValue: ['user:Application$shop'] },
    });
    expect(ofType(of('data-secondary'), 'AWS::Budgets::Budget')).toEqual([]);
  });

  it('tells the address what is spent, and what is foreseen', () => {
    const { Properties } = theOnly(of('data-primary'), 'AWS::Budgets::Budget');
    const told = listOf(Properties['NotificationsWithSubscribers']).map((one) => [
      ...[at(one, 'Notification', 'NotificationType'), at(one, 'Notification', 'Threshold')],
      at(one, 'Subscribers', 0, 'Address'),
    ]);
    expect(told).toEqual([
      ['ACTUAL', 80, 'on-call@example.com'],
      ['FORECASTED', 100, 'on-call@example.com'],
    ]);
  });

  it('is not there by default', () => {
    expect(ofType(templatesOf()('data-primary'), 'AWS::Budgets::Budget')).toEqual([]);
  });
});
