import { readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backupFailure } from './errors.ts';

/** A backup of a cluster in a vault, or the copy of one in the vault of another Region. */
export type RecoveryPoint = {
  readonly arn: string;
  readonly region: string;
  readonly vaultName: string;
  readonly vaultArn: string;
  /** The vault that a copy comes from. */
  readonly sourceVaultArn?: string;
  /** The cluster. */
  readonly resourceArn: string;
  /** A copy has the time of its original. Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly completedAt: number;
  readonly roleArn: string;
  /** Absent for one that is kept for ever. Days. */
  readonly keptDays?: number;
  readonly bytes: number;
  /** The folder of the data, which copies share with their original. */
  readonly folder: string;
};

/** The recovery points of all Regions, with their data in one folder. */
export interface RecoveryPoints {
  readonly folderOf: (name: string) => string;
  readonly inVault: (region: string, vaultName: string) => readonly RecoveryPoint[];
  readonly all: () => readonly RecoveryPoint[];
  /**
   * @param vaultName its vault; any unless given
   * @throws {AwsError} for an ARN that no recovery point of the Region and the vault has
   */
  readonly named: (region: string, arn: string, vaultName?: string) => RecoveryPoint;
  readonly add: (point: RecoveryPoint) => Promise<void>;
  /** Removes a recovery point; the last one of a folder takes the data with it. */
  readonly remove: (arn: string) => Promise<void>;
}

const indexName = 'recovery-points.json';

const readIndex = (file: string): readonly RecoveryPoint[] => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly RecoveryPoint[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Error(`cannot read ${file}: remove its folder, which loses the local backups`, {
      cause: error,
    });
  }
};

/** @param root receives a folder for each backup; it need not exist */
export const createRecoveryPoints = (root: string): RecoveryPoints => {
  const index = join(root, indexName);
  let points = readIndex(index);
  const write = async (): Promise<void> => {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await writeFile(index, JSON.stringify(points), { mode: 0o600 });
  };
  return {
    folderOf: (name) => join(root, name),
    all: () => points,
    inVault: (region, vaultName) =>
      points.filter((one) => one.region === region && one.vaultName === vaultName),
    named: (region, arn, vaultName) => {
      const found = points
        .filter((one) => one.vaultName === (vaultName ?? one.vaultName))
        .find((one) => one.region === region && one.arn === arn);
      if (found) return found;
      throw backupFailure('ResourceNotFoundException', `There is no recovery point ${arn} here.`);
    },
    add: async (point) => {
      points = [...points, point];
      await write();
    },
    remove: async (arn) => {
      const removed = points.find((one) => one.arn === arn);
      points = points.filter((one) => one !== removed);
      await write();
      if (removed && points.every(({ folder }) => folder !== removed.folder)) {
        rmSync(join(root, removed.folder), { recursive: true, force: true });
      }
    },
  };
};
