import type { SecurityRule } from './rule.ts';
import { ofType } from './template.ts';

/** Policies by which a resource outlives its stack. */
const keeping: readonly unknown[] = ['Retain', 'RetainExceptOnCreate'];

/** A cluster refuses deletion, and stays when its stack goes. */
export const clusterProtection: SecurityRule = {
  id: 'ClusterProtection',
  info: 'A DSQL cluster can be deleted with its data, or goes with its stack.',
  remedy: 'Set deletionProtectionEnabled and RemovalPolicy.RETAIN: PROTECT_DATA=on.',
  check: (template) =>
    ofType(template, 'AWS::DSQL::Cluster').flatMap(({ id, properties, resource }) => [
      ...(properties['DeletionProtectionEnabled'] === true
        ? []
        : [{ resource: id, detail: 'DeletionProtectionEnabled' }]),
      ...(keeping.includes(resource.DeletionPolicy)
        ? []
        : [{ resource: id, detail: 'DeletionPolicy' }]),
      ...(keeping.includes(resource.UpdateReplacePolicy)
        ? []
        : [{ resource: id, detail: 'UpdateReplacePolicy' }]),
    ]),
};

/** A cluster is copied to a vault of its Region, from which it can be restored. */
export const clusterBackup: SecurityRule = {
  id: 'ClusterBackup',
  info: 'Nothing backs up a DSQL cluster: a wrong DELETE cannot be taken back.',
  remedy: 'Add a backup vault to the stack, and a plan of AWS Backup that copies to it.',
  check: (template) =>
    ofType(template, 'AWS::Backup::BackupVault').length > 0
      ? []
      : ofType(template, 'AWS::DSQL::Cluster').map(({ id }) => ({
          resource: id,
          detail: 'BackupVault',
        })),
};

/** A key of the account lets its owner see each use and end it. */
export const clusterKey: SecurityRule = {
  id: 'ClusterKey',
  info: 'A DSQL cluster is encrypted with a key of AWS, not with one of the account.',
  remedy: 'Give the cluster an encryptionKey.',
  check: (template) =>
    ofType(template, 'AWS::DSQL::Cluster')
      .filter(({ properties }) => {
        const key = properties['KmsEncryptionKey'];
        return key === undefined || key === 'AWS_OWNED_KMS_KEY';
      })
      .map(({ id }) => ({ resource: id, detail: 'KmsEncryptionKey' })),
};
