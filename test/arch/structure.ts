import { posix } from 'node:path';
import type { Finding, Rule } from './rules.ts';
import { importsOf, type SourceFile } from './tree.ts';

/** Folders whose structure is held: they ship, where tests and benchmarks do not. */
const shipped = /^(?:src|infra|packages)\//;

/** A folder that a reader can take in at a glance. Files. */
const filesMax = 15;

/** A file that a reader can hold in mind. Lines. */
const linesMax = 300;

type Exceptions = Readonly<Record<string, string>>;

/** Folders that may have more files, each with its reason. */
export const largeFolders: Exceptions = {
  'src/domain/kernel': 'its files are not sorted into rooms yet; one barrel exports them',
};

/** Files that may have more lines, each with its reason. */
export const longFiles: Exceptions = {};

/** Files whose circles are being mended, each with its reason. */
export const circlesForNow: Exceptions = {};

const folderOf = ({ path }: SourceFile): string => posix.dirname(path);

/** No folder has more than fifteen TypeScript files, folders below it not counted. */
export const foldersAreSmall: Rule = (sources) => {
  const byFolder = Map.groupBy(
    sources.filter(({ path }) => shipped.test(path)),
    folderOf,
  );
  return [...byFolder]
    .filter(([path, files]) => files.length > filesMax && !(path in largeFolders))
    .map(([path, files]) => ({ path, problem: `has ${files.length} files: sort them into rooms` }));
};

const linesOf = ({ text }: SourceFile): number => text.trimEnd().split('\n').length;

/** No file has more than 300 lines. */
export const filesAreShort: Rule = (sources) =>
  sources
    .filter(({ path }) => shipped.test(path) && !(path in longFiles))
    .filter((source) => linesOf(source) > linesMax)
    .map((source) => ({
      path: source.path,
      problem: `has ${linesOf(source)} lines: divide it by concern`,
    }));

/** The files that each file imports, at run time or for types. */
const graphOf = (sources: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> => {
  const known = new Set(sources.map(({ path }) => path));
  return new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .map(({ target }) => target)
        .filter((target) => known.has(target)),
    ]),
  );
};

/** A shortest way along the imports from a file back to itself; absent where there is none. */
const circleThrough = (
  graph: ReadonlyMap<string, readonly string[]>,
  start: string,
): readonly string[] | undefined => {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    for (const target of graph.get(file) ?? []) {
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      if (target !== start) open.push(target);
    }
  }
  if (!cameFrom.has(start)) return undefined;
  const way = [start];
  do way.unshift(cameFrom.get(way[0] as string) as string);
  while (way[0] !== start);
  return way;
};

/**
 * No file imports itself by way of others, types included. Biome's `noImportCycles` leaves out
 * imports of types, though a reader meets the same circle.
 */
export const importsHaveNoCircle: Rule = (sources) => {
  const graph = graphOf(sources.filter(({ path }) => shipped.test(path)));
  return [...graph.keys()].flatMap((path): readonly Finding[] => {
    const circle = circleThrough(graph, path);
    return circle === undefined || path in circlesForNow
      ? []
      : [{ path, problem: `is in a circle: ${circle.join(' → ')}` }];
  });
};

/** Exceptions that nothing needs any more. */
export const needlessExceptions: Rule = (sources) => {
  const files = new Map(sources.map((source) => [source.path, source]));
  const sizes = Map.groupBy(sources, folderOf);
  const graph = graphOf(sources);
  return [
    ...Object.keys(circlesForNow).filter((path) => circleThrough(graph, path) === undefined),
    ...Object.keys(largeFolders).filter((path) => (sizes.get(path)?.length ?? 0) <= filesMax),
    ...Object.keys(longFiles).filter((path) => {
      const source = files.get(path);
      return source === undefined || linesOf(source) <= linesMax;
    }),
  ].map((path) => ({ path, problem: 'needs no exception' }));
};

const dsql = 'src/adapters/dsql/';

/** The rooms that each room of the DSQL adapter may import. The README of a room says the same. */
const roomsBelow: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  connection: ['wire'],
  transaction: ['wire', 'connection'],
  records: ['wire', 'connection', 'transaction'],
  sql: [],
  kysely: ['wire', 'connection', 'transaction'],
  migration: ['wire', 'connection', 'transaction', 'records', 'sql', 'kysely'],
};

const roomOf = (path: string): string | undefined => {
  if (!path.startsWith(dsql)) return undefined;
  const [room, ...rest] = path.slice(dsql.length).split('/');
  return rest.length === 0 ? undefined : room;
};

const roomBreach = (room: string, target: string): string | undefined => {
  if (!target.startsWith(dsql)) return undefined;
  const other = roomOf(target);
  if (other === undefined) return `imports ${target}, which is for users of the adapter`;
  if (other === room || roomsBelow[room]?.includes(other)) return undefined;
  return `room ${room} may not import room ${other}: ${target}`;
};

/** The rooms of the DSQL adapter import those below them only. */
export const roomsAreInOrder: Rule = (sources) =>
  sources.flatMap((source) => {
    const room = roomOf(source.path);
    if (room === undefined) return [];
    if (!(room in roomsBelow)) return [{ path: source.path, problem: `is in no room: ${room}` }];
    return importsOf(source).flatMap(({ target }) => {
      const problem = roomBreach(room, target);
      return problem === undefined ? [] : [{ path: source.path, problem }];
    });
  });

/** Names of the rooms, from the lowest to the highest. */
export const rooms: readonly string[] = Object.keys(roomsBelow);
