import type { CatalogueEntry } from './catalogue.ts';
import { refusals } from './compatibility.ts';
import { jsonText } from './json-text.ts';
import { fileOf, type Snapshot, snapshotOf } from './snapshots.ts';

/** A change that an old reader or an old event cannot bear. */
export type EventProblem = {
  readonly event: string;
  readonly version: number;
  /** Where in the event, such as `data.seats[0]`. */
  readonly path: string;
  /** Those that suffer: readers that are deployed, or events that are kept. */
  readonly breaks: 'old-readers' | 'old-events';
  readonly message: string;
  readonly remedy: string;
};

/** The result of comparing a catalogue with its snapshots. */
export type CheckReport = {
  readonly problems: readonly EventProblem[];
  /** Files of snapshots that are missing, or are not as the catalogue declares it now. */
  readonly unrecorded: readonly string[];
};

const versionRemedy = (version: number): string =>
  `declare version ${version + 1} with upcast: { ${version}: … }, or undo the change`;

const changedSchema = (entry: CatalogueEntry, old: Snapshot): readonly EventProblem[] => {
  const { type: event, version } = entry;
  const remedy = versionRemedy(version);
  const oldReaders = refusals(entry.schema, old.schema).map(
    ({ path, message }): EventProblem => ({
      ...{ event, version, path, breaks: 'old-readers', remedy },
      message: `readers of the snapshot refuse new events: it ${message}`,
    }),
  );
  const oldEvents = refusals(old.schema, entry.schema).map(
    ({ path, message }): EventProblem => ({
      ...{ event, version, path, breaks: 'old-events', remedy },
      message: `events of the archive, the outbox and the dead letters are refused: it ${message}`,
    }),
  );
  return [...oldReaders, ...oldEvents];
};

const narrowedScope = (entry: CatalogueEntry, old: Snapshot): readonly EventProblem[] => {
  if (old.scope === entry.scope || entry.scope === 'all-regions') return [];
  const { type: event, version } = entry;
  return [
    {
      ...{ event, version, path: 'scope', breaks: 'old-readers' },
      message:
        'readers in the other Region do not get the event any more: its scope was all-regions',
      remedy:
        'declare scope: "all-regions", or delete the snapshots of the event once nobody reads it there',
    },
  ];
};

const checkSnapshot = (entry: CatalogueEntry, old: Snapshot): readonly EventProblem[] => {
  const { type: event, version } = old;
  if (version === entry.version)
    return [...changedSchema(entry, old), ...narrowedScope(entry, old)];
  const at = { event, version, path: 'version', breaks: 'old-events' } as const;
  if (version > entry.version) {
    const message = `events of version ${version} are not read: the declared version is ${entry.version}`;
    return [{ ...at, message, remedy: `declare version ${version}, or a newer one` }];
  }
  if (version >= entry.oldestVersion) return [];
  return [
    {
      ...at,
      message: `events of version ${version} are not read: the oldestVersion is ${entry.oldestVersion}`,
      remedy: `give an upcast from ${version}, or delete ${fileOf(old)} once no archive, outbox and dead letter holds one`,
    },
  ];
};

const removed = (old: Snapshot): EventProblem => ({
  ...{ event: old.type, version: old.version, path: 'type', breaks: 'old-events' },
  message: 'the event is not declared any more, and its kept events are not read',
  remedy: `declare it again, or delete ${fileOf(old)} once no archive, outbox and dead letter holds one`,
});

/** Compares the events of a service with the snapshots of what it has published. */
export const checkEvents = (
  entries: readonly CatalogueEntry[],
  snapshots: readonly Snapshot[],
): CheckReport => {
  const declared = new Map(entries.map((entry) => [entry.type, entry]));
  const problems = snapshots.flatMap((old) => {
    const entry = declared.get(old.type);
    return entry ? checkSnapshot(entry, old) : [removed(old)];
  });
  const kept = new Map(snapshots.map((snapshot) => [fileOf(snapshot), jsonText(snapshot)]));
  const unrecorded = entries
    .map(snapshotOf)
    .filter((snapshot) => kept.get(fileOf(snapshot)) !== jsonText(snapshot))
    .map(fileOf);
  return { problems, unrecorded };
};
