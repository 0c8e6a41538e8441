import { posix } from 'node:path';
import { type House, houses, services } from './houses.ts';
import type { Finding, Rule } from './rules.ts';
import { importsOf, type SourceFile } from './tree.ts';

/** Folders whose structure is held: they ship, where tests and benchmarks do not. */
const shipped = /^(?:src|infra|packages)\//;

/** A folder that a reader can take in at a glance. Files. */
const filesMax = 15;

/** A file that a reader can hold in mind. Lines. */
const linesMax = 300;

const folderOf = ({ path }: SourceFile): string => posix.dirname(path);

/** No folder has more than fifteen TypeScript files, folders below it not counted. */
export const foldersAreSmall: Rule = (sources) => {
  const byFolder = Map.groupBy(
    sources.filter(({ path }) => shipped.test(path)),
    folderOf,
  );
  return [...byFolder]
    .filter(([, files]) => files.length > filesMax)
    .map(([path, files]) => ({ path, problem: `has ${files.length} files: sort them into rooms` }));
};

const linesOf = ({ text }: SourceFile): number => text.trimEnd().split('\n').length;

/** No file has more than 300 lines. */
export const filesAreShort: Rule = (sources) =>
  sources
    .filter(({ path }) => shipped.test(path))
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
    return circle === undefined ? [] : [{ path, problem: `is in a circle: ${circle.join(' → ')}` }];
  });
};

/** The room of a file, or the file's own name where it lies beside the rooms. */
const placeIn = (
  { folder }: House,
  path: string,
): { readonly room?: string; readonly file?: string } => {
  const [first = '', ...rest] = path.slice(folder.length).split('/');
  return rest.length === 0 ? { file: first } : { room: first };
};

const roomBreach = (house: House, room: string, target: string): string | undefined => {
  if (!target.startsWith(house.folder)) return undefined;
  const { room: other, file } = placeIn(house, target);
  if (other === undefined) {
    if (Object.hasOwn(house.shared, file ?? '')) return undefined;
    return `imports ${target}, which lies above the rooms`;
  }
  if (other === room || house.rooms[room]?.includes(other)) return undefined;
  return `room ${room} may not import room ${other}: ${target}`;
};

/** The rooms and the files beside them that a file beside the rooms may not import. */
const sharedBreach = (house: House, file: string, target: string): string | undefined => {
  if (!target.startsWith(house.folder)) return undefined;
  const { room, file: other } = placeIn(house, target);
  if (room === undefined) {
    if (Object.hasOwn(house.shared, other ?? '')) return undefined;
    return `lies beside the rooms and imports ${target}, which lies above them`;
  }
  if (house.shared[file]?.includes(room)) return undefined;
  return `lies beside the rooms and may not import room ${room}: ${target}`;
};

/** The breaches of one house by one file in it. */
const breachesIn = (house: House, source: SourceFile): readonly string[] => {
  const { room, file = '' } = placeIn(house, source.path);
  if (services.includes(room ?? '') || (room === undefined && !Object.hasOwn(house.shared, file)))
    return [];
  if (room !== undefined && !(room in house.rooms)) return [`is in no room: ${room}`];
  return importsOf(source).flatMap(
    ({ target }) =>
      (room === undefined ? sharedBreach(house, file, target) : roomBreach(house, room, target)) ??
      [],
  );
};

/**
 * A room imports the rooms below it only, and a file beside them no room that it need not. A room
 * may be a house itself.
 */
export const roomsAreInOrder: Rule = (sources) =>
  sources.flatMap((source) =>
    houses
      .filter(({ folder }) => source.path.startsWith(folder))
      .flatMap((house) => breachesIn(house, source))
      .map((problem) => ({ path: source.path, problem })),
  );
