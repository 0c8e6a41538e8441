import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Installs from the registry, which may be slow; a proof may take ten minutes. */
export const installMsMax = 600_000;

const execute = promisify(execFile);

/**
 * The way to the registry is in the environment; npm's other variables would have it install into
 * this repository.
 */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(?!config_registry$)/.test(name)),
);

/** Makes a project of a stranger in a new folder, with packages and tarballs from the registry. */
export const installProject = async (
  path: string,
  ...packages: readonly string[]
): Promise<string> => {
  mkdirSync(path);
  writeFileSync(join(path, 'package.json'), '{ "type": "module", "private": true }');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await execute('npm', ['install', ...options, ...packages], { cwd: path, env });
  return path;
};
