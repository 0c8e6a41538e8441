import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageEntries } from './packages.ts';
import { root } from './tools.ts';

/** A user reads the names of `antipode/dsql` in one go. */
const dsqlNamesMax = 50;

/** These serve the packages of the same version, so the reference leaves them out. */
const withoutDocstrings = /^antipode(?:\/internal|-local-dsql)\//;

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const exportLists = /^export (?:type )?\{([^}]*)\} from '([^']+)';/gm;

/** Names that a barrel exports, each with the file that declares it and its name there. */
const listed = (file: string) =>
  [...read(file).matchAll(exportLists)].flatMap(([, names = '', from = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => {
        const [declared = '', exported = declared] = name.split(' as ');
        return { exported, declared, file: posix.join(posix.dirname(file), from) };
      }),
  );

/** The file that declares a name; others hand it on. */
const declaring = (
  name: string,
  file: string,
): { readonly name: string; readonly file: string } => {
  const handedOn = listed(file).find(({ exported }) => exported === name);
  return handedOn ? declaring(handedOn.declared, handedOn.file) : { name, file };
};

/** Whether a docstring stands before the declaration of a name, or the first of its overloads. */
const hasDocstring = ({ exported, ...found }: ReturnType<typeof listed>[number]): boolean => {
  const { name, file } = declaring(found.declared, found.file);
  const declaration = `export (?:declare )?(?:abstract )?(?:const|type|interface|class|function\\*?) ${name}\\b`;
  return new RegExp(`\\*/\\n${declaration}`).test(read(file));
};

const isCode = ([, file]: readonly [string, string]): boolean => file.endsWith('.ts');
const barrels = [...packageEntries].filter(isCode).filter(([, file]) => listed(file).length > 0);

test('nearly every subpath is a list of names', () => {
  const [subpaths, lists] = [[...packageEntries.keys()], barrels.map(([name]) => name)];
  const others = subpaths.filter((name) => !lists.includes(name) && !name.endsWith('.json'));
  expect(others).toEqual(['antipode/eventbridge-sdk']);
});

describe.each([...packageEntries].filter(isCode))('%s', (_, file) => {
  test('names what it exports, so that a new name is a decision', () => {
    expect(read(file)).not.toMatch(/^export \*/m);
  });
});

describe.each(barrels.filter(([name]) => !withoutDocstrings.test(name)))('%s', (_, file) => {
  test('exports names with a docstring each', () => {
    expect(listed(file).filter((name) => !hasDocstring(name))).toEqual([]);
  });
});

test(`antipode/dsql has at most ${dsqlNamesMax} names`, () => {
  const names = listed(packageEntries.get('antipode/dsql') ?? '');
  expect(names.length).toBeGreaterThan(30);
  expect(names.length).toBeLessThanOrEqual(dsqlNamesMax);
});

test('a name without a docstring is seen', () => {
  const documented = { declared: 'UsageError', exported: 'UsageError' };
  const options = 'packages/local-dsql/src/process/command-options.ts';
  expect(hasDocstring({ ...documented, file: options })).toBe(true);
  const bare = { declared: 'conflict', exported: 'conflict' };
  const errors = 'packages/local-dsql/src/protocol/service-errors.ts';
  expect(hasDocstring({ ...bare, file: errors })).toBe(false);
});
