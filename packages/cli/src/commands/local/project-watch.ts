import { resolve } from 'node:path';
import type { Terminal } from 'antipode-local-dsql/process';
import type { LocalStack } from '../../local/stack/local-stack.ts';
import type { CodeUpdatesDeps } from '../../local/watch/code-updates.ts';
import { createSourceChanges } from '../../local/watch/source-changes.ts';
import { watchSources } from '../../local/watch/source-watcher.ts';
import { elapsedSeconds } from './report.ts';

/** Brings the changes of a project's source files to its running stack. */
export interface ProjectWatch {
  /** Applies changes until the signal aborts; those that came while the stack started too. */
  readonly follow: (stack: Pick<LocalStack, 'regions'>, signal: AbortSignal) => void;
}

export type ProjectWatchOptions = Pick<
  CodeUpdatesDeps,
  'assembly' | 'ignoredTypes' | 'synthesize'
> & {
  /** Folder of the data, relative to that of the project. */
  readonly data: string | undefined;
};

/**
 * Hears of changes from now on; a folder that cannot be watched is said, and does not end the
 * stack.
 */
export const watchProject = (
  { directory, print, onExit }: Pick<Terminal, 'directory' | 'print' | 'onExit'>,
  { data, ...updates }: ProjectWatchOptions,
): ProjectWatch => {
  const changes = createSourceChanges();
  const line = (text: string): void => print(`${elapsedSeconds().padStart(7)}  ${text}`);
  const giveUp = ({ message }: Error): void =>
    line(`cannot watch ${directory}: ${message}: restart after a change`);
  const watcher = watchSources(directory, {
    excluded: data === undefined ? [] : [resolve(directory, data)],
    onChange: changes.add,
    onError: giveUp,
  });
  onExit(watcher.stop);
  return {
    follow: ({ regions }, signal) => {
      print('Functions run new code when a source file changes.');
      // Not before the stack is up: the synthesis starts the sooner.
      import('../../local/watch/code-updates.ts')
        .then(({ applyChanges }) =>
          applyChanges({ ...updates, changes, regions, print: line }, signal),
        )
        .catch(giveUp);
    },
  };
};
