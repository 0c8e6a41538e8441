import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ownerFile } from 'antipode-local-dsql/folders';
import type { Terminal } from 'antipode-local-dsql/process';
import type { RunFolder } from 'antipode-local-dsql/runs';
import type { LocalStack } from '../../local/stack/local-stack.ts';
import type { LogLine } from '../../local/stack/region-services.ts';
import { shownPath } from '../../shown-path.ts';
import { describeStack, descriptionFile, logsFolder } from '../runs/running-stacks.ts';
import { createAlarms } from './alarms.ts';
import { createFunctionLogs } from './function-logs.ts';

/** The logs of a run: the files in its folder, and the lines of them that the terminal shows. */
export interface RunLogs {
  /** Takes a line of a function. */
  readonly write: (line: LogLine) => void;
  /** Prints a line that tells of something that went wrong. */
  readonly printAlarm: (line: string) => void;
  /** Tells the person, and other commands, which functions there are. */
  readonly announce: (stack: Pick<LocalStack, 'regions'>) => void;
  /**
   * Notes whether the run has failed. Functions that fail from now on do so because the stack ends
   * them.
   */
  readonly end: (failed: boolean) => void;
  /** Writes the lines that wait, and prints where the files stay if something went wrong. */
  readonly close: () => Promise<void>;
  /**
   * Removes the run's folder. Log files stay, until the next start, if something went wrong; keys
   * never do.
   */
  readonly removeFolder: () => void;
}

/**
 * The logs, and the files by which the next start and `--logs` know their process and their
 * project.
 */
const keptEntries = [logsFolder, ownerFile, descriptionFile];

/** The command where npm installs it in a project. */
const installed = 'node_modules/.bin/antipode';

/**
 * The command of `antipode local` as a terminal in the project's folder finds it, which takes
 * further options. A command that is installed in the project is not on the path of a terminal.
 */
const commandOf = (
  directory: string,
  { npm_lifecycle_event: script }: Terminal['environment'],
): string => {
  if (script === 'start') return 'npm start --';
  return `${existsSync(join(directory, installed)) ? installed : 'antipode'} local`;
};

export const openRunLogs = (
  folder: RunFolder,
  {
    directory,
    environment,
    print,
    warn,
  }: Pick<Terminal, 'directory' | 'environment' | 'print' | 'warn'>,
): RunLogs => {
  const path = join(folder.path, logsFolder);
  const place = shownPath(directory, path);
  const logs = createFunctionLogs(path, warn);
  const alarms = createAlarms(directory, print);
  let ending = false;
  let failed = false;
  describeStack(folder, { directory });
  const isKept = (): boolean => (failed || alarms.raised()) && !logs.isEmpty();
  return {
    write: (line) => {
      const position = logs.write(line);
      if (!ending) alarms.see(line, position);
    },
    printAlarm: alarms.print,
    announce: ({ regions }) => {
      const names = regions.map(({ region, functions }) => [region, [...functions.keys()]]);
      describeStack(folder, { directory, functions: Object.fromEntries(names) });
      print('');
      print(`Logs of the functions: ${place}`);
      print(
        `To follow them in another terminal: ${commandOf(directory, environment)} --logs [FUNCTION]`,
      );
    },
    end: (hasFailed) => {
      ending = true;
      failed ||= hasFailed;
    },
    close: async () => {
      await logs.close();
      if (isKept()) print(`The logs of the functions stay until the next start: ${place}`);
    },
    removeFolder: () => {
      if (!isKept()) return folder.remove();
      for (const name of readdirSync(folder.path)) {
        if (keptEntries.includes(name)) continue;
        rmSync(join(folder.path, name), { recursive: true, force: true });
      }
    },
  };
};
