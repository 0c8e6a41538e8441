import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { houses } from './houses.ts';
import {
  filesAreShort,
  foldersAreSmall,
  importsHaveNoCircle,
  roomsAreInOrder,
} from './structure.ts';
import { root } from './tools.ts';
import { readSources, type SourceFile } from './tree.ts';

const sources = readSources(root);

describe('this tree', () => {
  test('has at most 15 files in a folder that ships', () => {
    expect(foldersAreSmall(sources)).toEqual([]);
  });

  test('has at most 300 lines in a file that ships', () => {
    expect(filesAreShort(sources)).toEqual([]);
  });

  test('has no circle of imports, types included', () => {
    expect(importsHaveNoCircle(sources)).toEqual([]);
  });

  test('has rooms that import the rooms below them only', () => {
    expect(roomsAreInOrder(sources)).toEqual([]);
  });

  const rooms = houses.flatMap(({ folder, rooms }) =>
    Object.entries(rooms).map(([room, below]) => ({
      path: join(folder, room),
      below,
      all: Object.keys(rooms),
    })),
  );

  test.each(rooms)('says in $path/README.md what lives there', ({ path, below, all }) => {
    const text = readFileSync(join(root, path, 'README.md'), 'utf8');
    for (const word of ['Lives here:', 'Not here:', 'May import:']) expect(text).toContain(word);
    const [, named = ''] = /^May import:(.*?)\.$/ms.exec(text) ?? [];
    const folders = [...named.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
    expect(folders.filter((name) => all.includes(name)).sort()).toEqual([...below].sort());
  });
});

/** Planted files: their paths, and what each imports. */
const planted = (files: Readonly<Record<string, string>>): readonly SourceFile[] =>
  Object.entries(files).map(([path, text]) => ({ path, text: `${text}\n` }));

const many = (count: number, folder: string): readonly SourceFile[] =>
  planted(
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`${folder}/${index}.ts`, 'export const a = 1;']),
    ),
  );

const lines = (count: number): string => '// line\n'.repeat(count).trimEnd();

describe('a planted violation', () => {
  test.each(['src/adapters/planted', 'infra/planted', 'packages/cli/src/planted'])(
    'is reported for the 16th file in %s',
    (folder) => {
      expect(foldersAreSmall(many(15, folder))).toEqual([]);
      expect(foldersAreSmall(many(16, folder))).toMatchObject([{ path: folder }]);
    },
  );

  test('is not reported for many files below test', () => {
    expect(foldersAreSmall(many(16, 'test/planted'))).toEqual([]);
  });

  test('is reported for the 301st line of a file', () => {
    const path = 'src/adapters/planted.ts';
    expect(filesAreShort(planted({ [path]: lines(300) }))).toEqual([]);
    expect(filesAreShort(planted({ [path]: lines(301) }))).toMatchObject([{ path }]);
  });

  test.each([
    ['two files', "import { b } from './b.ts';", "import { a } from './a.ts';"],
    ['types alone', "import type { B } from './b.ts';", "import type { A } from './a.ts';"],
    ['a re-export', "export * from './b.ts';", "import type { A } from './a.ts';"],
    ['an import on demand', "await import('./b.ts');", "import { a } from './a.ts';"],
  ])('is reported for a circle of %s', (_, a, b) => {
    const found = importsHaveNoCircle(
      planted({ 'src/a.ts': a, 'src/b.ts': b, 'src/c.ts': "import './a.ts';" }),
    );
    expect(found.map(({ path }) => path)).toEqual(['src/a.ts', 'src/b.ts']);
    expect(found[0]?.problem).toContain('src/a.ts → src/b.ts → src/a.ts');
  });

  test('is reported for a circle of three files, and not for two ways to one file', () => {
    const circle = {
      'src/a.ts': "import './b.ts';",
      'src/b.ts': "import './c.ts';",
      'src/c.ts': "import './a.ts';",
    };
    expect(importsHaveNoCircle(planted(circle))).toHaveLength(3);
    const ways = { ...circle, 'src/c.ts': '', 'src/a.ts': "import './b.ts';\nimport './c.ts';" };
    expect(importsHaveNoCircle(planted(ways))).toEqual([]);
  });

  test.each([
    ['wire', 'connection'],
    ['wire', 'sql'],
    ['connection', 'transaction'],
    ['transaction', 'records'],
    ['transaction', 'kysely'],
    ['records', 'migration'],
    ['sql', 'wire'],
    ['kysely', 'migration'],
    ['kysely', 'records'],
  ])('is reported for the room %s that imports the room %s', (room, other) => {
    const path = `src/adapters/dsql/${room}/planted.ts`;
    const found = roomsAreInOrder(
      planted({ [path]: `import type { A } from '../${other}/a.ts';`, 'src/other.ts': '' }),
    );
    expect(found).toMatchObject([{ path, problem: expect.stringContaining(`room ${other}`) }]);
  });

  test('is reported for a room that imports the index of the adapter', () => {
    const path = 'src/adapters/dsql/kysely/planted.ts';
    expect(roomsAreInOrder(planted({ [path]: "import { a } from '../index.ts';" }))).toHaveLength(
      1,
    );
  });

  test('is reported for a room of the kernel that imports a room above it, or the index', () => {
    const path = 'src/domain/kernel/events/planted.ts';
    const text = "import '../work/a.ts';\nimport '../index.ts';\nimport '../fault.ts';";
    expect(roomsAreInOrder(planted({ [path]: text }))).toMatchObject([
      { path, problem: expect.stringContaining('room work') },
      { path, problem: expect.stringContaining('index.ts') },
    ]);
  });

  test.each([
    ['packages/local-dsql/src', 'statements', 'session'],
    ['packages/local-dsql/src', 'postgres', 'catalog'],
    ['packages/local-dsql/src', 'session', 'server'],
    ['packages/local-dsql/src', 'process', 'runs'],
    ['packages/cli/src/local', 'eventbridge', 'sqs'],
    ['packages/cli/src/local', 'lambda', 'template'],
    ['packages/cli/src/local', 'template', 'stack'],
    ['packages/cli/src/local', 'stack', 'watch'],
    ['src/adapters', 'memory', 'dsql'],
    ['src/adapters', 'eventbridge', 'powertools'],
    ['src/adapters', 'dsql', 'memory'],
    ['infra', 'bundling', 'constructs'],
    ['infra', 'constructs', 'two-regions'],
    ['src/handlers/runtime', 'api', 'events'],
    ['src/handlers/runtime', 'events', 'serve'],
  ])('is reported in %s for the room %s that imports the room %s', (folder, room, other) => {
    const path = `${folder}/${room}/planted.ts`;
    const found = roomsAreInOrder(planted({ [path]: `import { a } from '../${other}/a.ts';` }));
    expect(found).toMatchObject([{ path, problem: expect.stringContaining(`room ${other}`) }]);
  });

  test('is reported for a file beside the rooms that imports a room, or what lies above', () => {
    const path = 'packages/cli/src/local/clock.ts';
    const text = "import type { A } from './stack/a.ts';\nimport './index.ts';\nimport './arn.ts';";
    expect(roomsAreInOrder(planted({ [path]: text }))).toMatchObject([
      { path, problem: expect.stringContaining('room stack') },
      { path, problem: expect.stringContaining('index.ts') },
    ]);
  });

  test('is reported for a file beside the rooms that imports another room than its own', () => {
    const path = 'src/handlers/runtime/invocation.ts';
    const text = "import './api/a.ts';\nimport './events/a.ts';";
    expect(roomsAreInOrder(planted({ [path]: text }))).toMatchObject([
      { path, problem: expect.stringContaining('room events') },
    ]);
  });

  test.each(houses)('is reported for a folder of $folder that is no room', ({ folder }) => {
    expect(roomsAreInOrder(planted({ [`${folder}planted/a.ts`]: '' }))).toHaveLength(1);
  });

  test('is not reported for a reference service, nor for a barrel above the rooms', () => {
    const files = {
      'infra/ledger/app.ts': "import '../two-regions/a.ts';",
      'infra/index.ts': "export { a } from './two-regions/a.ts';",
    };
    expect(roomsAreInOrder(planted(files))).toEqual([]);
  });

  test('is not reported for a room that imports the rooms below it', () => {
    const path = 'src/adapters/dsql/migration/format/planted.ts';
    const text = "import '../../sql/a.ts';\nimport '../plan.ts';\nimport '../../wire/a.ts';";
    expect(roomsAreInOrder(planted({ [path]: text }))).toEqual([]);
  });
});
