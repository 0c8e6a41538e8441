import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { shownPath } from '../../shown-path.ts';
import { type FoundStack, logsFolder, readStack, stacksOf } from '../runs/running-stacks.ts';
import { type LogFileReader, openLogFile } from './log-file-reader.ts';
import type { LogsOptions } from './logs-options.ts';

/** Lines of each function that are shown of the time before. */
export const lastLines = 20;

/** Soon enough for a person, and no work for a processor. */
const pollMs = 100;

const entries = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    // The stack has ended, or no function has logged anything.
    return [];
  }
};

/**
 * @throws {Error} with one line that says how to start a stack, and where the logs of the last one
 * are.
 */
const newestStack = ({ directory, warn }: Terminal): FoundStack => {
  const { running, ended } = stacksOf(directory);
  const [newest, ...others] = running;
  if (newest) {
    if (others.length > 0) {
      warn(`${others.length + 1} stacks run here: these are the logs of the one that started last`);
    }
    return newest;
  }
  const kept = ended
    .map(({ folder }) => join(folder, logsFolder))
    .find((folder) => entries(folder).length > 0);
  const before =
    kept === undefined ? '' : `; the logs of the last one are in ${shownPath(directory, kept)}`;
  throw new Error(`no stack runs in ${directory}: start one with antipode local${before}`);
};

/** @throws {UsageError} for a function that the stack, once it is up, does not have. */
const requireFunction = (name: string | undefined, { functions }: FoundStack): void => {
  if (name === undefined || functions === undefined) return;
  const names = [...new Set(Object.values(functions).flat())];
  if (names.includes(name)) return;
  throw new UsageError(`there is no function ${name}: choose one of ${names.join(', ')}`);
};

type Source = { readonly region: string; readonly functionName: string };

/**
 * The beginning of a printed line. It is empty where every line is of one function in one Region.
 */
const labelsFor = (
  { functions }: FoundStack,
  { functionName }: LogsOptions,
): ((source: Source) => string) => {
  const text = ({ region, functionName: name }: Source): string => `${region} ${name}`;
  const known = Object.entries(functions ?? {})
    .flatMap(([region, names]) => names.map((name) => ({ region, functionName: name })))
    .filter((source) => functionName === undefined || source.functionName === functionName);
  if (known.length === 1) return () => '';
  const width = Math.max(0, ...known.map((source) => text(source).length));
  return (source) => `${text(source).padEnd(width)} | `;
};

/** The log files of a stack as they appear. */
const createFollower = (folder: string, { functionName }: LogsOptions) => {
  const readers = new Map<string, { readonly source: Source; readonly reader: LogFileReader }>();
  const isWanted = (name: string): boolean =>
    functionName === undefined ? !name.endsWith('.1') : name === encodeURIComponent(functionName);

  const discover = (lines: number | undefined): void => {
    for (const region of entries(folder)) {
      const names = entries(join(folder, region)).map((file) => basename(file, '.log'));
      for (const name of names.filter(isWanted)) {
        const path = join(folder, region, `${name}.log`);
        if (readers.has(path)) continue;
        const source = { region, functionName: decodeURIComponent(name) };
        readers.set(path, { source, reader: openLogFile(path, lines) });
      }
    }
  };
  return {
    /** @param lines how many are read of files that are new to it; all unless given */
    read: (lines?: number): readonly (Source & { readonly line: string })[] => {
      discover(lines);
      return [...readers.values()].flatMap(({ source, reader }) =>
        reader.read().map((line) => ({ ...source, line })),
      );
    },
    close: () => {
      for (const { reader } of readers.values()) reader.close();
    },
  };
};

/**
 * `antipode local --logs`: prints the last lines of the functions of the stack that runs for this
 * project, then each new one, until the stack ends or the person interrupts it.
 *
 * @throws {UsageError} for a function that the stack does not have.
 * @throws {Error} with one line when no stack runs here, or its files cannot be read.
 */
export const followLogs = async (options: LogsOptions, terminal: Terminal): Promise<void> => {
  const { directory, print, warn, interrupted } = terminal;
  let stack: FoundStack | undefined = newestStack(terminal);
  const logs = join(stack.folder, logsFolder);
  const follower = createFollower(logs, options);
  const printAll = (of: FoundStack, lines?: number): void => {
    requireFunction(options.functionName, of);
    const labelOf = labelsFor(of, options);
    for (const one of follower.read(lines)) print(`${labelOf(one)}${one.line}`);
  };
  try {
    requireFunction(options.functionName, stack);
    warn(`following ${shownPath(directory, logs)}`);
    printAll(stack, lastLines);
    for (let last = stack; stack; last = stack ?? last) {
      await delay(pollMs, undefined, { signal: interrupted });
      stack = readStack(last.folder);
      printAll(stack ?? last);
    }
    warn('the stack has ended');
  } catch (error) {
    if (!interrupted.aborted) throw error;
  } finally {
    follower.close();
  }
};
