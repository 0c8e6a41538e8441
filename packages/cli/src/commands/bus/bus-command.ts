import type { Terminal } from 'antipode-local-dsql/process';
import { eventsDefaults, readProject } from '../local/project.ts';
import type { Person } from '../service/confirm.ts';
import { replayHelp, replayOptions, sendHelp, sendOptions } from './options.ts';

/**
 * Reads `events send` and `events replay`.
 *
 * @returns the help that was asked for, or what runs the command and tells whether all was done
 * @throws {UsageError} saying what is wrong with which option
 */
export const busCommand = (
  [command, ...args]: readonly string[],
  directory: string,
): string | ((terminal: Terminal, person: Person) => Promise<boolean>) => {
  if (command === 'send') {
    const options = sendOptions(args, eventsDefaults(readProject(directory, {})));
    if (!options) return sendHelp;
    return async (terminal, person) =>
      (await import('./run-send.ts')).runSend(options, terminal, person);
  }
  const options = replayOptions(args, Date.now());
  if (!options) return replayHelp;
  return async (terminal, person) =>
    (await import('./run-replay.ts')).runReplay(options, terminal, person);
};
