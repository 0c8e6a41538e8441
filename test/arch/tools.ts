import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const programs = join(root, 'node_modules', '.bin');

export type Outcome = { readonly code: number; readonly output: string };

/** Largest output kept, in bytes; Biome's JSON over the whole tree stays far below. */
const outputBytesMax = 64 * 1024 * 1024;

/**
 * The environment of every program. Those in JavaScript keep the code that they have compiled for
 * the run: half of the processor time of a start is reading it.
 */
const programEnvironment = (): NodeJS.ProcessEnv => {
  const { PATH = '', HOME, NODE_COMPILE_CACHE, GOGC } = process.env;
  const cache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
  const heap = GOGC === undefined ? {} : { GOGC };
  return { PATH: `${programs}${delimiter}${PATH}`, HOME, NO_COLOR: '1', ...cache, ...heap };
};

/**
 * Runs a program of `node_modules/.bin`, or of the PATH, in a folder; a failure is an outcome too.
 */
export const run = (
  directory: string,
  program: string,
  ...args: readonly string[]
): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { cwd: directory, env: programEnvironment(), maxBuffer: outputBytesMax },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? 1);
        resolve({ code, output: stdout + stderr });
      },
    );
  });

/** A breach as a tool reported it; `code` is a rule's name or the compiler's error number. */
export type Diagnostic = { readonly path: string; readonly code: string };

type BiomeReport = {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string };
  }[];
};

/** Biome's diagnostics of the tree below a folder. */
export const lint = async (directory: string): Promise<readonly Diagnostic[]> => {
  const { output } = await run(
    directory,
    'biome',
    ...['lint', '--reporter=json', '--max-diagnostics=none', '.'],
  );
  const line = output.split('\n').find((text) => text.startsWith('{')) ?? `{"diagnostics":[]}`;
  return (JSON.parse(line) as BiomeReport).diagnostics.map(({ category, location }) => ({
    path: location.path,
    code: category.split('/').at(-1) ?? category,
  }));
};

/** The compiler's diagnostics of a project and those that it refers to. */
export const compile = async (
  directory: string,
  project: string,
): Promise<readonly Diagnostic[]> => {
  const { output } = await run(directory, 'tsc', '-b', project);
  return [...output.matchAll(/^(\S+?)\(\d+,\d+\): error (TS\d+)/gm)].map(
    ([, path = '', code = '']) => ({ path, code }),
  );
};

/** A folder, and how to remove it with all that is in it. */
export type Folder = { readonly path: string; readonly remove: () => void };

const removable = (path: string): Folder => ({
  path,
  remove: () => rmSync(path, { recursive: true, force: true }),
});

const makeFolder = (parent: string): Folder => {
  mkdirSync(parent, { recursive: true });
  return removable(mkdtempSync(join(parent, 'antipode-')));
};

/** An empty folder outside the repository. */
export const temporaryFolder = (): Folder => removable(mkdtempSync(join(tmpdir(), 'antipode-')));

const configuration = [
  '.gitignore',
  'biome.json',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'src/domain/tsconfig.json',
  'packages/local-dsql/tsconfig.json',
];

/** Writes a tree that holds the given files under this repository's own configuration. */
export const plant = (directory: string, files: Readonly<Record<string, string>>): void => {
  mkdirSync(directory, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const file of configuration) cpSync(join(root, file), join(directory, file));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
};

/**
 * The packages of a copy of the tree, by their names: without the links, those of this repository
 * would be found above it.
 */
const packageLinks = {
  antipode: '.',
  'antipode-cli': 'packages/cli',
  'antipode-local-dsql': 'packages/local-dsql',
};

const linkPackages = (directory: string): void => {
  const modules = join(directory, 'node_modules');
  mkdirSync(modules);
  for (const [name, folder] of Object.entries(packageLinks)) {
    symlinkSync(join(directory, folder), join(modules, name), 'junction');
  }
};

/**
 * Links all packages of this repository into a copy of its tree, for programs that look for them in
 * its root alone.
 */
export const linkModules = (directory: string): void => {
  const modules = join(directory, 'node_modules');
  const present = new Set(readdirSync(modules));
  for (const name of readdirSync(join(root, 'node_modules')).filter((name) => !present.has(name))) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
};

/**
 * An empty folder below `dist`, which every tool ignores. Programs in it find the packages of this
 * repository above themselves.
 */
export const buildFolder = (): Folder => makeFolder(join(root, 'dist'));

const leftOut = new Set(['.git', '.antipode', 'cdk.out', 'coverage', 'dist', 'node_modules']);

/**
 * Copies this repository's sources; `keep` decides on each file and folder by its path.
 *
 * The copy lies below `dist`, which every tool ignores, and finds `node_modules` above itself:
 * through a link, the compiler could not name the types of packages in declarations.
 */
export const copyTree = (keep: (path: string) => boolean): Folder => {
  const folder = buildFolder();
  for (const name of readdirSync(root).filter((entry) => !leftOut.has(entry))) {
    cpSync(join(root, name), join(folder.path, name), {
      recursive: true,
      filter: (source) => keep(relative(root, source)),
    });
  }
  linkPackages(folder.path);
  return folder;
};

/**
 * A compilation of this repository writes these below `dist`: its output, and its notes on each
 * file.
 */
const compiled = ['src', 'infra', 'packages', 'test', '.tsbuildinfo'];

/**
 * Copies the sources as `copyTree` does, and their compilation too: the compiler looks at the
 * changes to the copy only.
 */
export const copyCompiledTree = (keep: (path: string) => boolean): Folder => {
  const folder = copyTree(keep);
  for (const name of compiled) {
    const source = join(root, 'dist', name);
    cpSync(source, join(folder.path, 'dist', name), { recursive: true });
  }
  return folder;
};
