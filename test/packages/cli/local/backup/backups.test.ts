import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createBackups } from '../../../../../packages/cli/src/local/backup/backups.ts';

const root = mkdtempSync(join(tmpdir(), 'antipode-backups-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const region = 'us-east-1';
const vaultArn = (name: string) => `arn:aws:backup:${region}:000000000000:backup-vault:${name}`;

const backups = createBackups({
  ...{ root, now: () => 0, cluster: () => undefined },
  vaults: () => [
    { name: 'locked', arn: vaultArn('locked'), lock: { minDays: 7, maxDays: 36_500 } },
    { name: 'open', arn: vaultArn('open') },
  ],
  backUp: async () => 0,
  restore: async () => [],
});

it('a backup in a locked vault is not deleted by the name of another vault', async () => {
  const arn = `arn:aws:backup:${region}:000000000000:recovery-point:kept`;
  await backups.points.add({
    ...{ arn, region, vaultName: 'locked', vaultArn: vaultArn('locked'), roleArn: 'role' },
    ...{ resourceArn: 'cluster', createdAt: 0, completedAt: 0, bytes: 0, folder: 'kept' },
  });
  const locked = backups.deletePoint(region, 'locked', arn);
  await expect(locked).rejects.toThrow('configured with Lock');
  const elsewhere = backups.deletePoint(region, 'open', arn);
  await expect(elsewhere).rejects.toThrow(`There is no recovery point ${arn} here.`);
  expect(backups.points.inVault(region, 'locked')).toHaveLength(1);
});
