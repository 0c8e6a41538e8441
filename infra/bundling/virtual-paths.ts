import { relative, resolve } from 'node:path';
import type { PluginBuild } from 'esbuild';

/**
 * Names of modules that stand in for a file. esbuild takes such a name as it is into the hash of a
 * chunk, so that it must not depend on the folder in which a project lies.
 */
export const virtualPaths = ({ initialOptions }: Pick<PluginBuild, 'initialOptions'>) => {
  const root = initialOptions.absWorkingDir ?? process.cwd();
  return {
    nameOf: (file: string): string => relative(root, file).replaceAll('\\', '/'),
    fileOf: (name: string): string => resolve(root, name),
  };
};
