import { createInterface } from 'node:readline/promises';
import { UsageError } from 'antipode-local-dsql/process';
import { plainLine } from '../../plain-text.ts';
import type { ChangeChoice } from './options.ts';

/** The person at the terminal, if there is one. */
export interface Person {
  readonly isThere: boolean;
  /** Whether the answer to a question is yes. */
  readonly agrees: (question: string) => Promise<boolean>;
}

/** The person at the terminal of this process. The question goes to standard error. */
export const personAtTerminal: Person = {
  isThere: process.stdin.isTTY === true && process.stderr.isTTY === true,
  agrees: async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
    } finally {
      terminal.close();
    }
  },
};

/**
 * Refuses a change that nobody can agree to, before anything is read.
 *
 * @throws {UsageError} without a terminal and without `--yes`
 */
export const requireConsent = ({ yes, dryRun }: ChangeChoice, person: Person): void => {
  if (yes || dryRun || person.isThere) return;
  throw new UsageError(
    'nobody can be asked here: give --yes, or --dry-run to see what it would do',
  );
};

/** The person has said no. */
export class NotWanted extends Error {
  override readonly name = 'NotWanted';
}

/**
 * Asks whether to go on, unless `--yes` says so.
 *
 * @throws {NotWanted} when the answer is no
 */
export const askToGoOn = async (
  { yes }: ChangeChoice,
  person: Person,
  question: string,
): Promise<void> => {
  if (yes || (await person.agrees(plainLine(question)))) return;
  throw new NotWanted('nothing was changed');
};
