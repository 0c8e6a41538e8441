import { rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { StackRegion } from '../stack/local-stack.ts';
import {
  type AppVersion,
  changedCode,
  changedResources,
  type FunctionCode,
  readAppVersion,
} from './app-version.ts';
import type { SourceChanges } from './source-changes.ts';

type RunningFunction = NonNullable<ReturnType<StackRegion['functions']['get']>>;

export type CodeUpdatesDeps = {
  readonly changes: SourceChanges;
  /** Output folder of the synthesis that the stack was started from. */
  readonly assembly: string;
  readonly ignoredTypes: readonly string[];
  readonly regions: readonly (Pick<StackRegion, 'region'> & {
    readonly functions: ReadonlyMap<string, Pick<RunningFunction, 'replaceCode'>>;
  })[];
  /** Synthesizes the app anew into a folder. */
  readonly synthesize: (output: string, signal: AbortSignal) => Promise<void>;
  /** Receives the lines about a change and its result. */
  readonly print: (line: string) => void;
};

/** Names in a line; the others are counted. */
const namesMax = 5;

const listed = (names: readonly string[]): string =>
  names.length <= namesMax
    ? names.join(', ')
    : `${names.slice(0, namesMax).join(', ')} and ${names.length - namesMax} more`;

/** Output folders, which are removed once no process runs code in them. */
const createOutputs = (isUsed: (output: string) => boolean) => {
  const outputs = new Set<string>();
  let leaving = 0;
  return {
    add: (output: string): void => void outputs.add(output),
    /** @param left when the last process has left the code that it ran */
    removeAfter: async (left: Promise<unknown>): Promise<void> => {
      leaving += 1;
      await left;
      leaving -= 1;
      if (leaving > 0) return;
      const unused = [...outputs].filter((output) => !isUsed(output));
      for (const output of unused) outputs.delete(output);
      await Promise.all(unused.map((output) => rm(output, { recursive: true, force: true })));
    },
  };
};

/**
 * Applies the changes of one stack; each call synthesizes the app and gives the functions their
 * changed code.
 */
const createUpdate = (deps: Omit<CodeUpdatesDeps, 'changes'>) => {
  const { assembly, regions, ignoredTypes, synthesize, print } = deps;
  const started = readAppVersion(assembly, ignoredTypes);
  let running = started;
  let reported = '';
  let round = 0;
  const outputs = createOutputs((output) =>
    running.functions.some(({ codeDir }) => codeDir.startsWith(join(output, sep))),
  );

  const replace = async ({ region, name, codeDir }: FunctionCode): Promise<void> => {
    const { functions } = regions.find((one) => one.region === region) ?? {};
    await functions?.get(name)?.replaceCode(codeDir);
  };

  const report = (functions: readonly FunctionCode[], after: AppVersion): void => {
    const names = [...new Set(functions.map(({ name }) => name))];
    print(names.length > 0 ? `new code: ${listed(names)}` : 'no function has changed');
    const resources = listed(changedResources(started, after));
    if (resources !== '' && resources !== reported) print(`restart to apply: ${resources}`);
    reported = resources;
  };

  return async (signal: AbortSignal): Promise<void> => {
    round += 1;
    const output = `${assembly}-${round}`;
    try {
      await synthesize(output, signal);
    } catch (error) {
      await rm(output, { recursive: true, force: true });
      throw error;
    }
    outputs.add(output);
    const after = readAppVersion(output, ignoredTypes);
    const functions = changedCode(running, after);
    // A function whose code has not changed keeps its folder.
    const codes = running.functions.map(
      (one) =>
        functions.find(({ region, name }) => region === one.region && name === one.name) ?? one,
    );
    running = { functions: codes, resources: after.resources };
    const replaced = functions.map(replace);
    report(functions, after);
    outputs.removeAfter(Promise.allSettled(replaced)).catch(() => undefined);
  };
};

/**
 * Brings the changes of source files to the functions that run, until the signal aborts.
 *
 * Functions whose code differs run the new code from their next invocation on. A synthesis that
 * fails changes nothing. Other differences of the templates are printed, and wait for a restart.
 */
export const applyChanges = async (deps: CodeUpdatesDeps, signal: AbortSignal): Promise<void> => {
  const { changes, print } = deps;
  const update = createUpdate(deps);
  while (!signal.aborted) {
    try {
      const paths = await changes.take(signal);
      print(`${listed(paths)} changed: synthesizing`);
      await update(signal);
    } catch (error) {
      if (signal.aborted) return;
      for (const line of (error as Error).message.split('\n')) print(line);
      print('functions keep their old code');
    }
  }
};
