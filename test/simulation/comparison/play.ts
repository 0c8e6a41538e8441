import { faultIn } from '../../../src/domain/kernel/fault.ts';
import type { Outcome, UnitOfWork } from '../../../src/domain/kernel/index.ts';
import { type Gate, type SteppedClient, steppedClient } from './client.ts';
import { type CounterQuery, type CounterState, workOf } from './counters.ts';
import type { CounterCommand, RequestFault, Schedule, Step } from './schedule.ts';

/** Everything that the transactions of a schedule have left in the database, as texts. */
export type Rows = {
  readonly counters: readonly string[];
  readonly records: readonly string[];
  readonly events: readonly string[];
};

/** A process: its way to the database. */
export type ComparedProcess = {
  readonly unitOfWork: UnitOfWork<CounterQuery, CounterState>;
  /** Closes its connection. */
  readonly kill: () => Promise<void>;
};

/** A database whose requests a schedule lets through one by one: the model, or the local DSQL. */
export interface ComparedDatabase {
  /** Starts a process, whose requests wait at the gate; `note` is told how each was answered. */
  readonly start: (client: number, gate: Gate, note: (answer: string) => void) => ComparedProcess;
  /** Works until the client is at rest. */
  readonly settle: (client: SteppedClient) => Promise<void>;
  /** Lets the oldest late request reach the database; its answer, which nobody gets. */
  readonly land: () => Promise<string | undefined>;
  readonly changeCatalog: () => Promise<void>;
  readonly age: () => Promise<void>;
  readonly now: () => number;
  readonly rows: (prefix: string, keys: readonly string[]) => Promise<Rows>;
  /** Ends what late requests have left. */
  readonly end: () => Promise<void>;
}

/** The answers that the clients of a schedule have seen, and the rows that are left at its end. */
export type Played = {
  readonly lines: readonly string[];
  /** The answers to the requests of each client, in their order. */
  readonly answers: readonly (readonly string[])[];
  /** The answers to the late requests of the local DSQL, which no client gets. */
  readonly landings: readonly (string | undefined)[];
  readonly rows: Rows;
};

/** A client gives a command up after so many requests, since a refusal in doubt has no end. */
const requestsMax = 12;

const workMsMax = 86_400_000;

const shownOutcome = ({ status, ...rest }: Outcome<Record<string, number>>): string => {
  if ('refusal' in rest) return `${status} ${rest.refusal.code}`;
  return 'result' in rest ? `${status} ${JSON.stringify(rest.result)}` : status;
};

const shownCounters = (counters: ReadonlyMap<string, number>, prefix: string): string =>
  [...counters]
    .map(([name, value]) => `${name.slice(prefix.length)}=${value}`)
    .toSorted()
    .join(' ');

const shownStep = (step: Step): string => {
  const client = 'client' in step ? ` ${step.client}` : '';
  return `${step.kind}${client}${step.kind === 'go' && step.fault ? `, ${step.fault}` : ''}`;
};

type Player = {
  client: SteppedClient;
  process: ComparedProcess;
  /** The command that it is at. */
  command: number;
  requests: number;
};

/** Plays the steps of a schedule, and lets each client end then. */
export const play = async (
  { clients, steps }: Schedule,
  database: ComparedDatabase,
  prefix: string,
): Promise<Played> => {
  const lines: string[] = [];
  const answers: string[][] = clients.map(() => []);
  const landings: (string | undefined)[] = [];
  const players: Player[] = [];

  const start = async (at: number, first: number): Promise<void> => {
    const commands = clients[at] ?? [];
    let process: ComparedProcess | undefined;
    const client = steppedClient(async (gate) => {
      const tell = (line: string): void => void lines.push(`  ${at} ${line}`);
      process = database.start(at, gate, (answer) => {
        answers[at]?.push(answer);
        tell(`is answered ${answer}`);
      });
      for (const [index, command] of commands.entries()) {
        if (index < first) continue;
        const player = players[at];
        if (player) Object.assign(player, { command: index, requests: 0 });
        const saw = (counters: ReadonlyMap<string, number>): void =>
          tell(`reads ${shownCounters(counters, prefix)}`);
        const work = workOf(command, prefix, database.now() + workMsMax, saw);
        const outcome = await process.unitOfWork
          .execute(work)
          .then(shownOutcome, (error: unknown) => faultIn(error)?.kind ?? String(error));
        tell(`${command.key}: ${outcome}`);
      }
    });
    if (!process) throw new Error('A client starts its process at once');
    players[at] = { client, process, command: first, requests: 0 };
    await database.settle(client);
  };

  const crash = async (at: number, next: number): Promise<void> => {
    await players[at]?.process.kill();
    await start(at, next);
  };

  const go = async (at: number, fault: RequestFault | undefined): Promise<void> => {
    const player = players[at];
    if (player?.client.waitsFor() === undefined) return;
    if (player.requests === requestsMax) {
      lines.push(`  ${at} gives up`);
      await crash(at, player.command + 1);
      return;
    }
    player.requests += 1;
    player.client.go(fault);
    await database.settle(player.client);
  };

  const take = async (step: Step): Promise<void> => {
    lines.push(shownStep(step));
    switch (step.kind) {
      case 'go':
        return go(step.client, step.fault);
      case 'crash':
        return crash(step.client, players[step.client]?.command ?? 0);
      case 'land':
        landings.push(await database.land());
        return;
      case 'catalog':
        return database.changeCatalog();
      case 'age':
        return database.age();
    }
  };

  for (const at of clients.keys()) await start(at, 0);
  for (const step of steps) await take(step);
  lines.push('the clients end');
  for (const at of clients.keys()) {
    while (players[at]?.client.waitsFor() !== undefined) await go(at, undefined);
  }
  await database.end();
  for (const { process } of players) await process.kill();
  const keys = clients.flat().map(({ key }: CounterCommand) => prefix + key);
  return {
    lines,
    answers,
    landings,
    rows: await database.rows(prefix, [...new Set(keys)].toSorted()),
  };
};
