/**
 * Writes the packages as npm publishes them: a folder and a tarball each. Run it after
 * `npm run build`; `npm run pack` does both.
 *
 *   node packages/pack/pack.ts [--tag v1.2.3] [--repository URL] [FOLDER]    (dist/packed)
 *
 * A release names its tag, which must be that of the version, and the repository that it comes
 * from.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { folderProblem } from './packed-folder.ts';
import { publishedManifest, type TreeManifest } from './published-manifest.ts';
import { releaseProblem } from './release-problem.ts';

const root = join(import.meta.dirname, '../..');

const { values: release, positionals } = parseArgs({
  options: { tag: { type: 'string' }, repository: { type: 'string' } },
  allowPositionals: true,
});

/**
 * Each package: its folder, the folder of its compiled files, and those of them that it publishes.
 */
const packages = [
  { folder: '.', compiled: 'dist', files: '{src,infra}/**/*' },
  { folder: 'packages/local-dsql', compiled: 'dist/packages/local-dsql', files: 'src/**/*' },
  { folder: 'packages/cli', compiled: 'dist/packages/cli', files: 'src/**/*' },
] as const;

type Package = (typeof packages)[number];

/** The reference service is an example, and the generator needs packages of the development. */
const keptBack = /(?:^|\/)(?:ledger|generator)\//;

/** Compiled files and data; the compiler's own notes are neither. */
const published = /\.(?:js|cjs|d\.ts|json)$/;

/** A file whose source has gone is left over from an earlier compilation. */
const hasSource = (folder: string, path: string): boolean =>
  [path, path.replace(/\.d\.ts$|\.js$/, '.ts')].some((source) => existsSync(join(folder, source)));

/**
 * Declarations name each other as JavaScript: `.ts` in the package of another is a setting that its
 * user need not have.
 */
const namedAsJavaScript = (declarations: string): string =>
  declarations.replace(/((?:from |import\()['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2');

const copyFile = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true });
  if (from.endsWith('.d.ts')) writeFileSync(to, namedAsJavaScript(readFileSync(from, 'utf8')));
  else cpSync(from, to);
};

const manifestOf = (folder: string): TreeManifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as TreeManifest;

const write = ({ folder, compiled, files }: Package, out: string): string => {
  const source = join(root, folder);
  const tree = manifestOf(folder);
  const target = join(out, tree.name);
  rmSync(target, { recursive: true, force: true });
  const found = globSync(files, { cwd: join(root, compiled) })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => published.test(path) && !keptBack.test(path) && hasSource(source, path));
  for (const path of found) copyFile(join(root, compiled, path), join(target, 'dist', path));
  for (const path of globSync(
    ['infra/**/*.sh', 'infra/terraform/{*,modules/**/*}.tf', 'src/local/console/page/*.{html,css}'],
    { cwd: source },
  )) {
    copyFile(join(source, path), join(target, 'dist', path));
  }
  if (existsSync(join(source, 'templates'))) {
    cpSync(join(source, 'templates'), join(target, 'dist', 'templates'), { recursive: true });
  }
  if (existsSync(join(source, 'bin'))) {
    cpSync(join(source, 'bin'), join(target, 'bin'), { recursive: true });
  }
  cpSync(join(source, 'README.md'), join(target, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
  const manifest = JSON.stringify(
    publishedManifest(tree, folder, release.repository),
    undefined,
    2,
  );
  writeFileSync(join(target, 'package.json'), `${manifest}\n`);
  return target;
};

const out = resolve(positionals[0] ?? join(root, 'dist/packed'));
const problem =
  releaseProblem({
    tag: release.tag,
    versions: packages.map(({ folder }) => manifestOf(folder).version),
    changelog: readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
  }) ?? folderProblem(packages.map(({ folder }) => join(out, manifestOf(folder).name)));
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}

mkdirSync(out, { recursive: true });
// One process for all: npm takes longer to start than to pack.
const folders = packages.map((one) => write(one, out));
const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', out, ...folders];
const names = execFileSync('npm', args, { encoding: 'utf8' }).trim().split('\n');
for (const name of names) console.log(join(out, name.trim()));
