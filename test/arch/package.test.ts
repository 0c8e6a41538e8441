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
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyTree, root, run, temporaryFolder } from './tools.ts';

/** Compiles the whole tree and packs it; 10 s here, more on a loaded machine. */
const timeoutMs = 180_000;

type Manifest = {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const subpaths = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', 'antipode'));

const source = copyTree(() => true);
const folder = temporaryFolder();
afterAll(() => {
  source.remove();
  folder.remove();
});
const consumer = join(folder.path, 'consumer');
const installed = join(consumer, 'node_modules', 'antipode');

/** An empty project with the packed package in it, and the dependencies of this repository. */
const install = (archive: string): Promise<unknown> => {
  const modules = join(consumer, 'node_modules');
  mkdirSync(installed, { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
  return run(installed, 'tar', '-xzf', archive, '--strip-components=1');
};

beforeAll(async () => {
  // npm runs no prepack script where scripts are ignored, as they are here.
  const built = await run(source.path, 'npm', 'run', 'build');
  expect(built.code, built.output).toBe(0);
  const packed = await run(
    source.path,
    'npm',
    'pack',
    '--silent',
    '--pack-destination',
    folder.path,
  );
  expect(packed.code, packed.output).toBe(0);
  const [archive = ''] = globSync('*.tgz', { cwd: folder.path });
  await install(join(folder.path, archive));
}, timeoutMs);

test.each(subpaths)('%s is imported as JavaScript from an empty project', async (subpath) => {
  const script = `console.log(Object.keys(await import('${subpath}')).length)`;
  const { code, output } = await run(consumer, 'node', '--input-type=module', '-e', script);
  expect(code, output).toBe(0);
  expect(Number(output)).toBeGreaterThan(0);
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

test('every import in the declarations leads to a declaration', () => {
  const declarations = globSync('dist/**/*.d.ts', { cwd: installed });
  expect(declarations.length).toBeGreaterThan(0);
  const present = new Set(declarations);
  const missing = declarations.flatMap((path) =>
    [...readFileSync(join(installed, path), 'utf8').matchAll(/from '(\.[^']+)\.ts'/g)]
      .map(([, target = '']) => join(path, '..', `${target}.d.ts`))
      .filter((target) => !present.has(target)),
  );
  expect(missing).toEqual([]);
});

/** Packages that the declarations name, those from which a subpath is declared and what they import in turn. */
const packagesNamed = (): readonly string[] => {
  const reached = new Set(
    Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [] : join(entry.types),
    ),
  );
  const named = new Set<string>();
  for (const path of reached) {
    const text = readFileSync(join(installed, path), 'utf8');
    for (const [, target = ''] of text.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
      if (target.startsWith('.')) reached.add(join(path, '..', target.replace(/\.ts$/, '.d.ts')));
      else if (!isBuiltin(target)) named.add(/^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target);
    }
  }
  return [...named];
};

test('what declares the packages that the declarations name comes with the package, or is a peer', () => {
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const declaring = packagesNamed().map((name) =>
    existsSync(join(root, 'node_modules', '@types', name)) ? `@types/${name}` : name,
  );
  expect(declaring).toContain('@types/aws-lambda');
  expect(declaring.filter((name) => !declared.includes(name))).toEqual([]);
});

test('the package holds the framework, without the reference service and without sources', () => {
  const files = globSync('**/*', { cwd: installed });
  expect(files.filter((path) => path.split('/').includes('ledger'))).toEqual([]);
  expect(files.filter((path) => /(?<!\.d)\.ts$|\.map$|tsbuildinfo$/.test(path))).toEqual([]);
});

test('the antipode command starts from the package', async () => {
  const { code, output } = await run(
    consumer,
    'node',
    join(installed, 'bin', 'antipode.js'),
    '--help',
  );
  expect(code, output).toBe(0);
});
