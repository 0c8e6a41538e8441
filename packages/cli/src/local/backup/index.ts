export { type BackupDeps, type Backups, createBackups } from './backups.ts';
export type { RestorePlan } from './restore-metadata.ts';
export { backupRoute } from './route.ts';
export { isVault, readVault } from './vaults.ts';
