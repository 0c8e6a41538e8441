import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The Node of Lambda's `nodejs24.x`; ratios of another one would be of another program. */
const nodeMajor = 24;

const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;

/**
 * The versions of Node and of these packages.
 *
 * @throws {Error} when one is not what `package.json` names: npm installs older majors without a
 * word where the machine's Node is older
 */
export const assertVersions = (packages: readonly string[]): Readonly<Record<string, string>> => {
  const major = Number(process.versions.node.split('.')[0]);
  if (major !== nodeMajor) {
    throw new Error(`Run it with Node ${nodeMajor}, not ${process.version}: npm run bench does`);
  }
  const { dependencies, devDependencies } = readJson<{
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  }>('package.json');
  const installed = packages.map((name) => {
    const { version } = readJson<{ readonly version: string }>(`node_modules/${name}/package.json`);
    const wanted = dependencies[name] ?? devDependencies[name];
    if (version !== wanted) {
      throw new Error(`${name} is ${version} here and ${wanted} in package.json: run npm ci`);
    }
    return [name, version] as const;
  });
  return Object.fromEntries([['Node', process.versions.node], ...installed]);
};
