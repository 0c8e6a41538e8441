/** Folders that no other user can read or replace. For `antipode-cli` of the same version. */
export { claimDataFolder, createDataFolder, unwritable } from './data-folder.ts';
export { hasLivingOwner, ownerFile } from './owned-folder.ts';
export {
  createPrivateFile,
  isShared,
  ownUid,
  readTrusted,
  replaceableAt,
  replacePrivateFile,
} from './private-folder.ts';
export { reasonOf } from './system-error.ts';
export { createTemporaryFolder, temporaryParent } from './temporary-folder.ts';
