import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  anonymousMb,
  listProcesses,
  type ProcessRow,
  processTree,
  shareMb,
} from '../../support/processes.ts';

/** Memory of a running stack, in megabytes. */
export type StackMemory = {
  /** Resident. */
  readonly runnerMb: number;
  readonly functions: number;
  /** Resident: Node's program, of 50 MB, counts for each. */
  readonly functionsRssMb: number;
  /** With their share of it. */
  readonly functionsMb: number;
  /** With their share of its buffers. */
  readonly postgresMb: number;
};

/** The local stack as `npm start` runs it, in a process of its own. */
export interface SoakedStack {
  /** Origins of the primary and the secondary Region. */
  readonly urls: readonly string[];
  readonly pid: number;
  readonly memory: () => Promise<StackMemory>;
  /**
   * The memory that the runner holds after a garbage collection, without files that it has mapped.
   * Megabytes.
   */
  readonly heldMb: () => Promise<number>;
  /** @throws {Error} when it does not end with exit code 0 in time. */
  readonly stop: () => Promise<void>;
}

const root = join(import.meta.dirname, '../../..');

/** A start takes 7 s on two cores that do nothing else. */
const startMsMax = 180_000;
const pollMs = 200;

/** The end of what it prints says why it has ended. */
const outputCharsMax = 16_384;

/** Long enough for an end under load; the stack gives itself 8 s. */
const endMsMax = 30_000;

const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
};

const sumOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0);

const sharesMb = async (rows: readonly ProcessRow[]): Promise<number> =>
  sumOf(await Promise.all(rows.map(shareMb)));

/**
 * Makes the runner collect garbage when it is told to. The heap of a busy process rises and falls
 * by some 100 MB between its own collections, which would hide a leak of 10 MB.
 */
const collecting = [
  '--expose-gc',
  '--import',
  `data:text/javascript,process.on('SIGUSR2',()=>gc({type:'major',execution:'sync',flavor:'last-resort'}))`,
];

/** The collection takes some 100 ms; what it frees goes back to the system a moment later. */
const collectionMs = 2_000;

const heldMbOf = async (pid: number): Promise<number> => {
  process.kill(pid, 'SIGUSR2');
  await delay(collectionMs);
  const runner = (await listProcesses()).find((one) => one.pid === pid);
  return runner ? anonymousMb(runner) : Number.NaN;
};

const memoryOf = async (pid: number): Promise<StackMemory> => {
  const tree = processTree(await listProcesses(), pid);
  const [runner, ...others] = tree;
  const functions = others.filter(({ command }) => command.includes('aws-lambda-ric'));
  const postgres = others.filter((one) => !functions.includes(one));
  return {
    runnerMb: runner?.rssMb ?? Number.NaN,
    functions: functions.length,
    functionsRssMb: sumOf(functions.map(({ rssMb }) => rssMb)),
    functionsMb: await sharesMb(functions),
    postgresMb: await sharesMb(postgres),
  };
};

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/**
 * A stack that has answered this has passed its self-check: the last line of its start comes after
 * it.
 */
const untilUp = async (child: ChildProcess, output: () => string): Promise<void> => {
  const deadline = Date.now() + startMsMax;
  while (!output().includes('The self-check passed.')) {
    if (hasEnded(child) || Date.now() > deadline) {
      throw new Error(`The stack ${hasEnded(child) ? 'ended' : 'is not up'}:\n${output()}`);
    }
    await delay(pollMs);
  }
};

/**
 * Starts the ledger's stack on free ports, and waits for its self-check.
 *
 * @throws {Error} with what the stack printed, when it does not come up
 */
export const startSoakedStack = async (): Promise<SoakedStack> => {
  const [primary = 0, secondary = 0] = await freePorts(2);
  const options = [
    ['--primary-port', `${primary}`, '--secondary-port', `${secondary}`],
    ['--primary-dsql-port', '0', '--secondary-dsql-port', '0'],
  ].flat();
  const args = [...collecting, join(root, 'packages/cli/bin/antipode.js'), 'local', ...options];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-outputCharsMax);
    });
  }
  const stop = async (): Promise<void> => {
    if (!hasEnded(child)) {
      const ended = once(child, 'exit', { signal: AbortSignal.timeout(endMsMax) });
      child.kill('SIGINT');
      await ended.catch((cause: unknown) => {
        child.kill('SIGKILL');
        throw new Error(`The stack has not ended within ${endMsMax} ms`, { cause });
      });
    }
    if (child.exitCode !== 0) {
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      throw new Error(`The stack ended with ${how}:\n${printed}`);
    }
  };
  try {
    await untilUp(child, () => printed);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const pid = child.pid ?? 0;
  return {
    urls: [primary, secondary].map((port) => `http://127.0.0.1:${port}`),
    pid,
    memory: () => memoryOf(pid),
    heldMb: () => heldMbOf(pid),
    stop,
  };
};
