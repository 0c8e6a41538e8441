import { exportWriterType } from '../../template/identities.ts';
import { objectOf, ownOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import type { Elsewhere } from '../../template/scope.ts';
import type { Deployed, StackRecord } from './stack-record.ts';

/** Everything that the engine remembers: plain data, so that it can be kept as JSON. */
export type StoredDeployments = {
  readonly stacks: readonly StackRecord[];
  /** By Region, stack and logical id: how many resources have been made. */
  readonly generations: Readonly<Record<string, number>>;
  /** Resources that their stacks have let go of, and that their policies keep. */
  readonly retained: readonly Deployed[];
};

/** Keeps what the engine remembers between starts. */
export interface KeptDeployments {
  readonly read: () => StoredDeployments | undefined;
  readonly write: (stored: StoredDeployments) => void;
}

/** Keeps nothing. */
export const forgetful: KeptDeployments = { read: () => undefined, write: () => {} };

/** The stacks that were deleted are listed for 90 days in AWS; here the last ones are. */
const deletedMax = 100;

/** The stacks of all Regions. */
export interface StackStore {
  /** Those that were deleted too, the first created first. */
  readonly all: () => readonly StackRecord[];
  readonly byId: (id: string) => StackRecord | undefined;
  /** A stack that has not been deleted. */
  readonly byName: (region: string, name: string) => StackRecord | undefined;
  readonly put: (record: StackRecord) => void;
  readonly forget: (id: string) => void;
  /** Changes a stack, and returns it as it is then. */
  readonly change: (id: string, change: Partial<StackRecord>) => StackRecord;
  /** How many resources of a logical id have been made in stacks of a name. */
  readonly generation: (region: string, stack: string, logicalId: string) => number;
  readonly countGeneration: (region: string, stack: string, logicalId: string) => void;
  /** Remembers a resource that its stack lets go of. */
  readonly retain: (deployed: Deployed) => void;
  readonly retained: () => readonly Deployed[];
  /** Forgets a resource that a stack has taken again. */
  readonly release: (deployed: Deployed) => void;
  /** The resources that exist, of all stacks. */
  readonly resources: () => readonly Resource[];
  /** The values of all stacks but one. */
  readonly elsewhere: (exceptId: string, onImport: (name: string) => void) => Elsewhere;
  /** Writes what has changed. */
  readonly flush: () => void;
}

/** Milliseconds for which changes are gathered before they are written. */
const writeDelayMs = 50;

const createWriter = (write: () => void) => {
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    if (!timer) return;
    clearTimeout(timer);
    timer = undefined;
    write();
  };
  return {
    soon: (): void => {
      timer ??= setTimeout(flush, writeDelayMs).unref();
    },
    flush,
  };
};

const keyOf = (...parts: readonly string[]): string => parts.join('/');

/** The values of stacks that exist. */
const elsewhereOf = (
  live: () => readonly StackRecord[],
  onImport: (name: string) => void,
): Elsewhere => ({
  importValue: (region, exportName) => {
    const found = live()
      .filter((stack) => stack.region === region)
      .flatMap(({ outputs }) => outputs)
      .find((output) => output.exportName === exportName);
    if (found) onImport(exportName);
    return found?.value;
  },
  stackOutput: (name, key, region) =>
    live()
      .find((stack) => stack.name === name && stack.region === region)
      ?.outputs.find((output) => output.key === key)?.value,
  crossRegionExport: (region, name) => {
    const writers = live()
      .flatMap(({ resources }) => resources)
      .filter(({ resource }) => resource.type === exportWriterType)
      .map(({ resource }) => objectOf(resource.properties['WriterProps']));
    const writer = writers.find(
      (props) => props['region'] === region && ownOf(props['exports'], name) !== undefined,
    );
    return writer && ownOf(writer['exports'], name);
  },
});

/** Opens the store, with what was kept. */
export const createStackStore = (kept: KeptDeployments): StackStore => {
  const stored = kept.read();
  const stacks = new Map((stored?.stacks ?? []).map((stack) => [stack.id, stack]));
  const generations = new Map(Object.entries(stored?.generations ?? {}));
  const retained = [...(stored?.retained ?? [])];
  const writer = createWriter(() =>
    kept.write({
      stacks: [...stacks.values()],
      generations: Object.fromEntries(generations),
      retained,
    }),
  );
  const live = () => [...stacks.values()].filter(({ status }) => status !== 'DELETE_COMPLETE');

  const put = (record: StackRecord): void => {
    stacks.set(record.id, record);
    const deleted = [...stacks.values()].filter(({ status }) => status === 'DELETE_COMPLETE');
    for (const { id } of deleted.slice(0, -deletedMax)) stacks.delete(id);
    writer.soon();
  };

  return {
    all: () => [...stacks.values()],
    byId: (id) => stacks.get(id),
    byName: (region, name) => live().find((one) => one.region === region && one.name === name),
    put,
    forget: (id) => {
      stacks.delete(id);
      writer.soon();
    },
    change: (id, change) => {
      const record = stacks.get(id);
      if (!record) throw new Error(`there is no stack ${id}`);
      const changed = { ...record, ...change };
      put(changed);
      return changed;
    },
    generation: (...parts) => generations.get(keyOf(...parts)) ?? 0,
    countGeneration: (...parts) => {
      generations.set(keyOf(...parts), (generations.get(keyOf(...parts)) ?? 0) + 1);
      writer.soon();
    },
    retain: (deployed) => {
      retained.push(deployed);
      writer.soon();
    },
    retained: () => retained,
    release: (deployed) => {
      retained.splice(retained.indexOf(deployed), 1);
      writer.soon();
    },
    resources: () =>
      live()
        .flatMap(({ resources }) => resources)
        .filter(({ exists }) => exists)
        .map(({ resource }) => resource),
    elsewhere: (exceptId, onImport) =>
      elsewhereOf(() => live().filter(({ id }) => id !== exceptId), onImport),
    flush: writer.flush,
  };
};
