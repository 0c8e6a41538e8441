import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatedCommand } from '../../../../src/testing/simulation/index.ts';
import { seededRandom } from '../../../../src/testing/simulation/machine/seeded-random.ts';
import type { Answer } from '../../../../src/testing/simulation/oracles/history.ts';
import { scenario } from '../../../simulation/ledger/scenario.ts';
import type { LedgerStack } from '../stack.ts';

const clientCount = 8;

/** A client sends a command again until it is answered; so many failures in a row are no chance. */
const triesMax = 100;

const pauseMs = 100;

/** The share of the answers after which a client sends its command once more. */
const inDoubtShare = 0.15;

/** A request of the simulated ledger, as a caller of the real one sends it. */
const payloadOf = (request: SimulatedCommand['request']): object => {
  const { id, from, to, amount } = Object(request);
  const shared = { transaction_id: id, amount, currency: 'USD' };
  return from === undefined
    ? { operation: 'write', account_id: to, ...shared }
    : { operation: 'transfer', from_account: from, to_account: to, ...shared };
};

const statusOf = (status: number, isReplayed: boolean): string => {
  if (status === 200) return isReplayed ? 'replayed' : 'committed';
  if (status === 409) return 'mismatched';
  return status === 422 ? 'refused' : 'invalid';
};

/** An answer that says nothing about the command. */
const isFailure = (status: number): boolean => status === 429 || status >= 500;

/**
 * Sends the commands of a seed of the simulated ledger to both Regions, each until it is answered.
 *
 * @param onAnswered is told how many commands are answered
 */
export const sendCommands = async (
  { ask, stack }: LedgerStack,
  seed: number,
  count: number,
  onAnswered: (answered: number) => void = () => undefined,
): Promise<readonly Answer[]> => {
  const commands = scenario.commands(seededRandom(seed, 'commands'), count);
  const random = seededRandom(seed, 'clients');
  const answers: Answer[] = [];
  let next = 0;
  let answered = 0;

  const send = async ({ key, request }: SimulatedCommand, turn: number): Promise<void> => {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const running = stack.regions.filter((region) => region.isRunning());
      const region = running[(turn + tries) % running.length];
      const answer = region && (await ask(region, payloadOf(request)).catch(() => undefined));
      if (answer && !isFailure(answer.status)) {
        const isReplayed = answer.headers['idempotent-replayed'] === 'true';
        const status = statusOf(answer.status, isReplayed);
        const text = JSON.stringify(answer.body);
        answers.push({ key, request: JSON.stringify(request), status, text, at: Date.now() });
        return;
      }
      await delay(pauseMs);
    }
    throw new Error(`${key} was not answered in ${triesMax} tries`);
  };

  const client = async (): Promise<void> => {
    for (let number = next++; number < commands.length; number = next++) {
      const command = commands[number] as SimulatedCommand;
      await send(command, number);
      if (random.chance(inDoubtShare)) await send(command, number + 1);
      answered += 1;
      onAnswered(answered);
    }
  };
  await Promise.all(Array.from({ length: clientCount }, client));
  return answers;
};
