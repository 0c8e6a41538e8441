import {
  createLocalFunction,
  type FunctionSettings,
  type LocalFunction,
  type LocalFunctionOptions,
} from './function.ts';
import { latestVersion } from './function-identifier.ts';

/** A function as callers name it: the newest code, a published version, or an alias. */
export type InvocableFunction = Pick<LocalFunction, 'configuration' | 'invoke' | 'enqueue'> & {
  /** Absent for a version, which stays as it is. */
  readonly reconfigure?: LocalFunction['reconfigure'];
};

/** The versions that an alias leads to. */
export type AliasRouting = {
  readonly version: string;
  /** The shares of requests that go to other versions, 0 to 1 in all. */
  readonly others: Readonly<Record<string, number>>;
};

/**
 * A function with its published versions and its aliases. Its own members are those of `$LATEST`;
 * those about processes are about the processes of all versions.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
 */
export interface VersionedFunction extends LocalFunction {
  /** The function that a qualifier names: `$LATEST`, a version or an alias. */
  readonly qualified: (qualifier: string) => InvocableFunction | undefined;
  /** The number of the last version that was published; 0 for none. */
  readonly lastVersion: () => number;
  /** Publishes a version, whose settings and code stay as they are. */
  readonly publish: (version: string, settings: FunctionSettings) => void;
  /**
   * Deletes a version.
   *
   * @throws {Error} while an alias leads to it.
   */
  readonly removeVersion: (version: string) => Promise<void>;
  /**
   * Makes an alias, or leads it to other versions from the next request on.
   *
   * @throws {Error} for a version that is not published.
   */
  readonly putAlias: (name: string, routing: AliasRouting) => void;
  readonly removeAlias: (name: string) => void;
  readonly alias: (name: string) => AliasRouting | undefined;
}

export type VersionedFunctionOptions = LocalFunctionOptions & {
  /** Draws the version of each request to an alias, 0 to less than 1; random unless given. */
  readonly draw?: () => number;
};

/** The version that a request to an alias gets. */
const versionOf = ({ version, others }: AliasRouting, drawn: number): string => {
  let below = 0;
  for (const [other, share] of Object.entries(others)) {
    below += share;
    if (drawn < below) return other;
  }
  return version;
};

const leadsTo = ({ version, others }: AliasRouting): readonly string[] => [
  version,
  ...Object.keys(others),
];

/** The members that are about the processes of several versions. */
const ofAll = (all: () => readonly LocalFunction[]) => {
  const each = async (run: (one: LocalFunction) => Promise<void>): Promise<void> => {
    await Promise.all(all().map(run));
  };
  return {
    idle: () => each((one) => one.idle()),
    environments: () => all().flatMap((one) => one.environments()),
    hasProcess: (accessKeyId: string) => all().some((one) => one.hasProcess(accessKeyId)),
    crash: (accessKeyId: string) => {
      for (const one of all()) one.crash(accessKeyId);
    },
    interrupt: () => each((one) => one.interrupt()),
    stop: () => each((one) => one.stop()),
  };
};

/**
 * Runs a function with its versions, each in processes of its own.
 *
 * @example
 * const api = createVersionedFunction(options);
 * api.publish('1', options);
 * api.putAlias('live', { version: '1', others: {} });
 * await api.qualified('live')?.invoke('{}');
 */
export const createVersionedFunction = (options: VersionedFunctionOptions): VersionedFunction => {
  const { draw = Math.random, ...described } = options;
  const latest = createLocalFunction(described);
  const versions = new Map<string, LocalFunction>();
  const aliases = new Map<string, AliasRouting>();
  // A number is not given twice, also after its version was deleted.
  let last = 0;

  const existing = (version: string): LocalFunction => {
    const found = version === latestVersion ? latest : versions.get(version);
    if (found) return found;
    throw new Error(`Function not found: ${options.arn}:${version}`);
  };

  const ofVersion = (version: string): InvocableFunction | undefined => {
    const found = versions.get(version);
    if (!found) return undefined;
    const { enqueue } = found;
    return {
      enqueue,
      get configuration() {
        return found.configuration;
      },
      invoke: async (payload, asked) => ({
        ...(await found.invoke(payload, asked)),
        executedVersion: version,
      }),
    };
  };

  const ofAlias = (name: string): InvocableFunction | undefined => {
    if (!aliases.has(name)) return undefined;
    /** Drawn for each request: the routing may change while somebody has this. */
    const next = (): InvocableFunction => {
      const routing = aliases.get(name);
      const version = routing ? versionOf(routing, draw()) : name;
      return ofVersion(version) ?? existing(version);
    };
    return {
      get configuration() {
        return existing(aliases.get(name)?.version ?? latestVersion).configuration;
      },
      invoke: (payload, asked) => next().invoke(payload, { ...asked, alias: name }),
      enqueue: (payload, asked) => next().enqueue(payload, asked),
    };
  };

  return {
    ...latest,
    ...ofAll(() => [latest, ...versions.values()]),
    get configuration() {
      return latest.configuration;
    },
    qualified: (qualifier) =>
      qualifier === latestVersion ? latest : (ofVersion(qualifier) ?? ofAlias(qualifier)),
    lastVersion: () => last,
    publish: (version, settings) => {
      last = Math.max(last, Number(version));
      versions.set(version, createLocalFunction({ ...described, ...settings, version }));
    },
    removeVersion: async (version) => {
      const [alias] = [...aliases].find(([, routing]) => leadsTo(routing).includes(version)) ?? [];
      if (alias !== undefined) {
        throw new Error(
          `The function version ${version} is in use by alias ${alias}: lead the alias elsewhere`,
        );
      }
      const removed = versions.get(version);
      versions.delete(version);
      await removed?.idle();
      await removed?.stop();
    },
    putAlias: (name, routing) => {
      for (const version of leadsTo(routing)) existing(version);
      aliases.set(name, routing);
    },
    removeAlias: (name) => {
      aliases.delete(name);
    },
    alias: (name) => aliases.get(name),
  };
};
