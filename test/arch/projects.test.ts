import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { root, run } from './tools.ts';

/** A test file, and a Vitest project that runs it. */
type Listed = { readonly file: string; readonly projectName: string };

/** The files that Vitest would run, each with its project. */
const list = async (...options: readonly string[]): Promise<readonly Listed[]> => {
  const { output } = await run(root, 'vitest', 'list', '--filesOnly', '--json', ...options);
  const found = JSON.parse(output) as readonly Listed[];
  return found.map(({ file, projectName }) => ({ file: relative(root, file), projectName }));
};

/** One line for each file that not exactly one project runs. */
const notInOneProject = (
  files: readonly string[],
  listed: readonly Listed[],
): readonly string[] => {
  const projectsOf = (file: string): readonly string[] =>
    listed.filter((one) => one.file === file).map(({ projectName }) => projectName);
  return files
    .map((file) => [file, projectsOf(file)] as const)
    .filter(([, projects]) => projects.length !== 1)
    .map(([file, projects]) => `${file}: ${projects.join(', ') || 'no project'}`);
};

const files = globSync('{test,src,packages,infra,bench,docs}/**/*.test.ts', {
  cwd: root,
  // Tests of new projects belong to those. `test/packages/cli/templates` imports them.
  exclude: ['**/node_modules', '**/.stryker-tmp', 'packages/cli/templates'],
});

let all: readonly Listed[] = [];
beforeAll(async () => {
  all = await list();
});

test('every test file belongs to exactly one project', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(notInOneProject(files, all)).toEqual([]);
});

test('a file in two projects is reported, and one in none', () => {
  const listed = [
    { file: 'a.test.ts', projectName: 'unit' },
    { file: 'b.test.ts', projectName: 'unit' },
    { file: 'b.test.ts', projectName: 'proof' },
  ];
  expect(notInOneProject(['a.test.ts', 'b.test.ts', 'c.test.ts'], listed)).toEqual([
    'b.test.ts: unit, proof',
    'c.test.ts: no project',
  ]);
});

test('`npm test` runs every file but the long proofs', async () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly test: string };
  };
  const [program, command, ...options] = scripts.test.split(' ');
  expect([program, command]).toEqual(['vitest', 'run']);
  const proofs = all.filter(({ projectName }) => projectName === 'proof');
  expect(proofs.map(({ file }) => file)).toEqual(
    expect.arrayContaining(files.filter((file) => file.endsWith('.proof.test.ts'))),
  );
  const rest = all.filter((one) => !proofs.includes(one)).map(({ file }) => file);
  expect((await list(...options)).map(({ file }) => file).toSorted()).toEqual(rest.toSorted());
});
