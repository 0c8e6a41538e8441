import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CodeAsset } from '../../deployment/index.ts';
import { unzip } from './unzip.ts';

/** Folders from which functions run. */
export interface CodeFolders {
  /**
   * The folder of an asset; a ZIP file is unpacked into one, once for all functions that have the
   * same bytes.
   *
   * @throws {Error} for a file that is no ZIP.
   */
  readonly folderOf: (asset: CodeAsset) => string;
}

/** @param root the folder that receives what is unpacked */
export const createCodeFolders = (root: string): CodeFolders => ({
  folderOf: (asset) => {
    if (asset.kind === 'folder') return asset.path;
    const bytes = readFileSync(asset.path);
    const folder = join(root, createHash('sha256').update(bytes).digest('hex').slice(0, 32));
    if (existsSync(folder)) return folder;
    // Complete, or not there: another function may look for it.
    const growing = `${folder}.part`;
    for (const { path, content } of unzip(bytes)) {
      const file = join(growing, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    renameSync(growing, folder);
    return folder;
  },
});
