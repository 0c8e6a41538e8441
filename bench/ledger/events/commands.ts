import { setTimeout as delay } from 'node:timers/promises';
import type { StackRegion } from '../../../packages/cli/src/local/index.ts';
import type { LedgerStack } from '../../../test/e2e/ledger/stack.ts';

/** A caller sends a command again until it is answered; 100 tries are many crashes in a row. */
const triesMax = 100;

const pauseMs = 50;

export type CommandRun = {
  /** Answers of commands that a try before had committed. */
  readonly replayed: number;
  /** Tries that ended without an answer. */
  readonly failedTries: number;
  /** Commands that no try has answered. */
  readonly unanswered: readonly string[];
};

/**
 * Sends commands by many clients over all Regions that run. A command without an answer is sent
 * again under the same key, to the other Region each time.
 *
 * @param onAnswered is told how many commands are answered
 */
export const runCommands = async (
  { ask }: Pick<LedgerStack, 'ask'>,
  regions: readonly StackRegion[],
  run: {
    readonly name: string;
    readonly commands: number;
    readonly clients: number;
    readonly onAnswered: (count: number) => void;
  },
): Promise<CommandRun> => {
  let next = 0;
  let answered = 0;
  let replayed = 0;
  let failedTries = 0;
  const unanswered: string[] = [];

  const send = async (number: number): Promise<boolean> => {
    const command = {
      operation: 'write',
      transaction_id: `${run.name}-${number}`,
      amount: `${(number % 97) + 1}.00`,
    };
    for (let tries = 0; tries < triesMax; tries += 1) {
      const running = regions.filter((region) => region.isRunning());
      const region = running[(number + tries) % running.length];
      if (!region) throw new Error('no Region runs');
      const answer = await ask(region, command).catch(() => undefined);
      if (answer?.status === 200) {
        if (answer.headers['idempotent-replayed'] === 'true') replayed += 1;
        return true;
      }
      failedTries += 1;
      await delay(pauseMs);
    }
    return false;
  };

  const client = async (): Promise<void> => {
    for (let number = next++; number < run.commands; number = next++) {
      if (await send(number)) run.onAnswered(++answered);
      else unanswered.push(`${run.name}-${number}`);
    }
  };
  await Promise.all(Array.from({ length: run.clients }, client));
  return { replayed, failedTries, unanswered };
};
