import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildFolder, root, run } from './tools.ts';

const names = readdirSync(join(root, 'examples'));

/**
 * Lines that a person reads and copies: a service that is an example fits into them, without its
 * tests. `booking` has two commands, two events and two consumers; `reservations` has seven events
 * and a process with a timeout.
 */
const linesMax: Readonly<Record<string, number>> = { booking: 500, reservations: 560 };

/**
 * Folders that commands write, and files that count as no code of the example. `permissions.json`
 * lists what the synthesis makes: its author reviews it.
 */
const uncounted =
  /^(?:(?:test|node_modules|cdk\.out|\.antipode)[\\/]|(?:package|tsconfig|infra[\\/]permissions)\.json$|README\.md$)/;

/**
 * Lines of an example: of all its files but its tests, its page, its reviewed permissions, and the
 * manifests of npm and the compiler.
 */
const linesOf = (name: string): number => {
  const folder = join(root, 'examples', name);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !uncounted.test(path))
    .map((path) => readFileSync(join(folder, path), 'utf8').split('\n').length - 1)
    .reduce((sum, lines) => sum + lines, 0);
};

/** The configurations of the compiler in the examples and in a project of `antipode init`. */
const configurations = [
  ...names.map((name) => join('examples', name)),
  'packages/cli/templates/shared',
].map((folder) => readFileSync(join(root, folder, 'tsconfig.json'), 'utf8'));

// `test/examples` installs each example outside of the tree, and runs it.
describe('the examples', () => {
  test('compile against this tree, by the names of its packages', async () => {
    // In one program, since most of its time goes into the packages, which are the same for all.
    const folder = buildFolder();
    onTestFinished(folder.remove);
    const [first = ''] = names;
    const config = {
      extends: join(root, 'examples', first, 'tsconfig.json'),
      include: names.map((name) => join(root, 'examples', name)),
      exclude: names.map((name) => join(root, 'examples', name, 'cdk.out')),
    };
    writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify(config));
    const { code, output } = await run(folder.path, 'tsc', '-p', '.');
    expect(code, output).toBe(0);
  });

  test('have one configuration of the compiler, which new projects have too', () => {
    expect(new Set(configurations).size).toBe(1);
  });
});

describe.each(names)('the example %s', (name) => {
  test('is short enough to be read at once', () => {
    expect(linesOf(name)).toBeGreaterThan(0);
    expect(linesOf(name)).toBeLessThanOrEqual(linesMax[name] ?? 0);
  });
});
