import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { shellWord, type Terminal } from 'antipode-local-dsql/process';
import type { InitOptions } from './options.ts';
import type { OwnPackage } from './own-packages.ts';
import { projectFiles } from './project-files.ts';
import { writeProject } from './write-project.ts';

/** A new repository often has one already. The service does without ours. */
const page = 'README.md';

/**
 * Writes a new project, and prints how to go on.
 *
 * @throws {Error} of one line, if it cannot be written
 */
export const runInit = (
  options: InitOptions,
  packages: readonly OwnPackage[],
  { directory, print }: Pick<Terminal, 'directory' | 'print'>,
): void => {
  const { folder, name } = options;
  const files = new Map(projectFiles(options, packages));
  if (existsSync(join(folder, page))) files.delete(page);
  writeProject(folder, files);
  print(`${files.size} files of the service ${name} are in ${folder}. Go on with:`);
  print('');
  const path = relative(directory, folder);
  const commands = ['npm install', 'npm test', 'npm start'];
  for (const line of path === '' ? commands : [`cd ${shellWord(path)}`, ...commands]) {
    print(`  ${line}`);
  }
};
