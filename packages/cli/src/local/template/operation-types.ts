/**
 * How a resource that changes nothing here is named: its `Ref`, and which of its names each
 * attribute has.
 */
export type Naming = {
  readonly ref: 'name' | 'arn' | 'id';
  /** The property that names it. CloudFormation makes a name where there is none. */
  readonly property?: string;
  /** Its service in an ARN, and the beginning of its name there. */
  readonly service: string;
  readonly arnPrefix?: string;
  readonly attributes?: Readonly<Record<string, 'name' | 'arn' | 'id'>>;
};

/** A resource that only connects others. */
const unnamed = (service: string): Naming => ({ ref: 'name', service });

/**
 * Types of resources that watch or keep a service: topics, keys, backups, budgets, experiments.
 * Nothing here acts on them.
 */
export const operationTypes: Readonly<Record<string, Naming>> = {
  'AWS::Backup::BackupPlan': {
    ...{ ref: 'id', service: 'backup', arnPrefix: 'backup-plan:' },
    attributes: { BackupPlanId: 'id', BackupPlanArn: 'arn' },
  },
  'AWS::Backup::BackupSelection': unnamed('backup'),
  'AWS::Backup::BackupVault': {
    ...{ ref: 'name', property: 'BackupVaultName', service: 'backup', arnPrefix: 'backup-vault:' },
    attributes: { BackupVaultName: 'name', BackupVaultArn: 'arn' },
  },
  'AWS::Budgets::Budget': unnamed('budgets'),
  'AWS::FIS::ExperimentTemplate': {
    ...{ ref: 'id', service: 'fis', arnPrefix: 'experiment-template/' },
    attributes: { Id: 'id' },
  },
  'AWS::KMS::Alias': { ref: 'name', property: 'AliasName', service: 'kms' },
  'AWS::KMS::Key': {
    ...{ ref: 'id', service: 'kms', arnPrefix: 'key/' },
    attributes: { KeyId: 'id', Arn: 'arn' },
  },
  'AWS::SNS::Subscription': { ref: 'arn', service: 'sns', attributes: { Arn: 'arn' } },
  'AWS::SNS::Topic': {
    ...{ ref: 'arn', property: 'TopicName', service: 'sns' },
    attributes: { TopicArn: 'arn', TopicName: 'name' },
  },
  'AWS::SNS::TopicPolicy': unnamed('sns'),
};
