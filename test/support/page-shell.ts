import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { childEnvironment } from './child-environment.ts';

/** A script that has ended; one that failed is an outcome too. */
type Ended = { readonly code: number; readonly output: string };

/** A shell in which blocks of a page are run, each with what the ones before it have set. */
export interface PageShell {
  /** @returns the output of this script alone */
  readonly run: (script: string) => Promise<Ended>;
}

/** A deployment takes minutes on a busy machine. */
const runMsMax = 600_000;
const outputBytesMax = 64 * 1024 * 1024;

/** A wait of the page for AWS, which is longer than a job takes here. */
const shortWaits = 'sleep() { command sleep 0.2; }';

/**
 * @param folder where the commands run
 * @param environment of the commands, besides what every child gets
 */
export const openShell = (
  folder: string,
  environment: Readonly<Record<string, string>>,
): PageShell => {
  const state = join(folder, 'shell-state');
  const env = { ...childEnvironment(), ...environment };
  return {
    run: (script) =>
      new Promise((resolve) => {
        const whole = [
          'set -euo pipefail',
          `if [ -e ${state} ]; then . ${state} 2>/dev/null; fi`,
          shortWaits,
          script,
          // Variables and functions of this script, for the next one.
          `{ declare -p | grep -vE '^declare -[^ ]*r'; declare -f; } > ${state}`,
        ].join('\n');
        const options = { cwd: folder, env, timeout: runMsMax, maxBuffer: outputBytesMax };
        execFile('bash', ['--norc', '-c', whole], options, (error, stdout, stderr) => {
          const code = error === null ? 0 : Number(error.code ?? 1);
          resolve({ code, output: stdout + stderr });
        });
      }),
  };
};
