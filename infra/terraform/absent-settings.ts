import type { buildOptions, cdkOnly } from '../cloudformation/parameters.ts';
import type { EnvironmentVariables } from '../two-regions/config.ts';

/** Options of the build that the description follows. */
type Followed = 'tracesEndpoint' | 'eventSenders';

type Absent = Exclude<keyof typeof buildOptions | keyof typeof cdkOnly, Followed>;

type AbsentSetting = {
  readonly setting: string;
  /** A step that gives a team with Terraform the same. */
  readonly instead: string;
};

const inRootModule = (resource: string): string => `add ${resource} to your root module`;

const byStacks = 'deploy by the CDK or by CloudFormation, since the module has no such resources';

/** The settings of the CDK app that the module does not have, and how to do without each. */
export const absentSettings: Readonly<Record<Absent, AbsentSetting>> = {
  protectData: {
    setting: 'PROTECT_DATA',
    instead: 'use the variable `deletion_protection` of the module',
  },
  importClusters: {
    setting: 'IMPORT_CLUSTERS',
    instead: 'bring kept clusters back by `terraform import`',
  },
  restoredClusters: {
    setting: 'RESTORED_CLUSTERS',
    instead: 'take the lost clusters out by `terraform state rm`, and import the restored ones',
  },
  availabilityPercent: {
    setting: 'AVAILABILITY_PERCENT',
    instead: inRootModule('an `aws_cloudwatch_composite_alarm`'),
  },
  backupDays: { setting: 'BACKUP_DAYS', instead: inRootModule('an `aws_backup_plan`') },
  backupLock: {
    setting: 'BACKUP_LOCK',
    instead: inRootModule('an `aws_backup_vault_lock_configuration`'),
  },
  faultExperiment: {
    setting: 'FAULT_EXPERIMENT',
    instead: inRootModule('an `aws_fis_experiment_template`'),
  },
  budgetUsd: { setting: 'BUDGET_USD', instead: inRootModule('an `aws_budgets_budget`') },
  customerKey: { setting: 'CUSTOMER_KEY', instead: byStacks },
  privateNetwork: { setting: 'PRIVATE_NETWORK', instead: byStacks },
  canaryMinutes: {
    setting: 'CANARY_MINUTES',
    instead: 'deploy by the CDK app, since the module publishes no versions',
  },
};

/** The texts with which a setting is as the module is. */
const asModule = (setting: string): readonly string[] =>
  setting === 'PROTECT_DATA' ? ['on', 'true'] : ['off', 'false', '0', ''];

/** A line for each setting that would have no effect, with the step that takes its place. */
export const absentProblems = (environment: EnvironmentVariables): readonly string[] =>
  Object.values(absentSettings).flatMap(({ setting, instead }) => {
    const value = environment[setting];
    return value === undefined || asModule(setting).includes(value)
      ? []
      : [`${setting}=${JSON.stringify(value)} is no option of Terraform: ${instead}`];
  });
