import { numberOf, objectOf, stringOf } from '../template/json.ts';
import type { Resource } from '../template/model.ts';
import { backupFailure } from './errors.ts';

/** A vault that a stack has made. */
export type Vault = {
  readonly name: string;
  readonly arn: string;
  /** Absent where the vault has no lock. Days. */
  readonly lock?: { readonly minDays: number; readonly maxDays: number };
};

/** The longest time that AWS Backup keeps a recovery point. Days. */
const daysMax = 36_500;

export const isVault = ({ type }: Pick<Resource, 'type'>): boolean =>
  type === 'AWS::Backup::BackupVault';

export const readVault = ({ ref, attributes, properties }: Resource): Vault => {
  const lock = objectOf(properties['LockConfiguration']);
  const [minDays, maxDays] = [
    numberOf(lock['MinRetentionDays']),
    numberOf(lock['MaxRetentionDays']),
  ];
  return {
    name: stringOf(properties['BackupVaultName']) ?? ref,
    arn: String(attributes['BackupVaultArn']),
    ...(minDays !== undefined && { lock: { minDays, maxDays: maxDays ?? daysMax } }),
  };
};

/**
 * The vault with a name.
 *
 * @throws {AwsError} for another name
 */
export const vaultNamed = (vaults: readonly Vault[], name: string): Vault => {
  const found = vaults.find((one) => one.name === name);
  if (found) return found;
  throw backupFailure('ResourceNotFoundException', `Backup vault ${name} does not exist.`);
};

/**
 * Whether a locked vault refuses a lifecycle: jobs whose retention is outside of the lock fail.
 *
 * @see https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
 */
export const lockProblem = ({ name, lock }: Vault, keptDays: number | undefined) => {
  if (!lock || ((keptDays ?? daysMax) >= lock.minDays && (keptDays ?? 0) <= lock.maxDays)) {
    return undefined;
  }
  return `The lock of backup vault ${name} takes a retention of ${lock.minDays} to ${lock.maxDays} days.`;
};
