import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../../packages/local-dsql/src');

const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

/** The rooms of a table, each with the cell that says what it may import. */
const rows = [...read('README.md').matchAll(/^\| `(\w+)` \|.*\| (.*)\|$/gm)];

const roomsNamed = rows.map(([, room = '']) => room);

const allowedIn = (cell: string): ReadonlySet<string> =>
  new Set([...cell.matchAll(/`([\w.]+)`/g)].map(([, room = '']) => room));

/** The rooms that the files of a room import, types included. */
const importedBy = (room: string): ReadonlySet<string> =>
  new Set(
    globSync(`${room}/**/*.ts`, { cwd: folder })
      .flatMap((path) =>
        [...read(path).matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) =>
          posix.join(posix.dirname(path), target),
        ),
      )
      .map((path) => path.split('/')[0] ?? '')
      .filter((imported) => imported !== room),
  );

describe('the rooms of the local DSQL', () => {
  it('stand in the table of the README', () => {
    const entries = readdirSync(folder, { withFileTypes: true });
    const rooms = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(roomsNamed.toSorted()).toEqual(rooms.toSorted());
  });

  it.each(rows.map(([, room = '', cell = '']) => ({ room, cell })))(
    'import only the rooms that the table names: $room',
    ({ room, cell }) => {
      const allowed = allowedIn(cell);
      expect([...importedBy(room)].filter((imported) => !allowed.has(imported))).toEqual([]);
    },
  );
});
