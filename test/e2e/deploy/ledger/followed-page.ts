import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childEnvironment } from '../../../support/child-environment.ts';
import { type Ended, repository } from '../tools.ts';

/** A block of commands, with the sentence before it. */
export type Block = { readonly introduction: string; readonly script: string };

/** The parts of a page by their titles, each with its blocks of commands. */
export const readParts = (page: string): ReadonlyMap<string, readonly Block[]> => {
  const text = readFileSync(join(repository, 'docs', page), 'utf8');
  const parts = text.split(/^## /m).slice(1);
  return new Map(
    parts.map((part) => {
      const title = part.slice(0, part.indexOf('\n'));
      const blocks = [...part.matchAll(/((?:^[^\n]+\n)+)\n```sh\n(.*?)^```$/gms)];
      return [
        title,
        blocks.map(([, introduction = '', script = '']) => ({ introduction, script })),
      ] as const;
    }),
  );
};

export const needsAws = ({ introduction }: Block): boolean =>
  /need AWS[:.]/.test(introduction.replaceAll('\n', ' '));

/** Commands by which a person rehearses a disaster. */
export const isRehearsal = ({ introduction }: Block): boolean =>
  /^(?:.* )?on the local stack/im.test(introduction);

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
        execFile('bash', ['-c', whole], options, (error, stdout, stderr) => {
          const code = error === null ? 0 : Number(error.code ?? 1);
          resolve({ code, output: stdout + stderr });
        });
      }),
  };
};
