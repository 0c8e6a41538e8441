import { explainedFileError, reasonOf } from '../folders/system-error.ts';
import { UsageError } from './command-options.ts';
import { whenStarterEnds } from './starter.ts';
import type { Terminal } from './terminal.ts';

/** Exit codes of a command's process. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Milliseconds that the parts of a command have to end. The process ends without those that take
 * longer.
 */
export const endMsMax = 8_000;

/**
 * A command that has failed ends within two seconds. Its supervisor removes PostgreSQL's files,
 * also after that.
 */
const failedEndMsMax = 1_500;

/** Milliseconds that timers of ended parts, such as delayed answers, keep the process alive. */
const lingerMsMax = 1_000;

/**
 * npm passes on a Ctrl-C that the terminal has sent here as well: what comes this soon is the same
 * one.
 */
const echoMsMax = 500;

/** The first of these signals ends what runs, the second the process. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The person ended it before it was done. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/** Ends the process after a while, whatever still runs then. */
const endWithin = (msMax: number, exitCode: number): void => {
  setTimeout(() => process.exit(exitCode), msMax).unref();
};

type Complain = (text: string) => void;

/** A reader or a terminal that has gone is no failure; a disk that is full is one. */
const explainUnprinted = (error: NodeJS.ErrnoException, complain: Complain): void => {
  if (error.code === 'EPIPE' || error.code === 'EIO') return;
  complain(`cannot write what is printed: ${reasonOf(error)}`);
  process.once('exit', () => {
    process.exitCode = exitCodes.failed;
  });
};

const interruptible = (complain: Complain, msMax: number | undefined): AbortSignal => {
  const controller = new AbortController();
  let interruptedAt = 0;
  const interrupt = (): void => {
    if (!controller.signal.aborted) {
      interruptedAt = performance.now();
      controller.abort(new Interrupted());
      if (msMax !== undefined) endWithin(msMax, exitCodes.interrupted);
    } else if (performance.now() - interruptedAt > echoMsMax) {
      process.exit(exitCodes.interrupted);
    }
  };
  for (const signal of signals) process.on(signal, interrupt);
  // Nobody asks for the end a second time by being gone as well.
  const lost = (): void => {
    if (!controller.signal.aborted) interrupt();
  };
  process.on('disconnect', lost);
  process.stdout.once('error', (error) => explainUnprinted(error, complain));
  process.stdout.on('error', lost);
  process.stderr.on('error', () => undefined);
  process.channel?.unref();
  whenStarterEnds(lost);
  return controller.signal;
};

/**
 * Opens the terminal of a command, once for a process; `msMax` limits how long its work takes to
 * end, if it is given.
 */
export type OpenTerminal = (msMax?: number) => Terminal;

/** Each line of a text says who speaks. */
const complainAs =
  (name: string): Complain =>
  (text) => {
    for (const line of text.split('\n')) console.error(`${name}: ${line}`);
  };

const openTerminal =
  (complain: Complain): OpenTerminal =>
  (msMax) => ({
    directory: process.cwd(),
    environment: process.env,
    print: (line) => void process.stdout.write(`${line}\n`),
    warn: complain,
    fail: (line) => {
      complain(line);
      endWithin(failedEndMsMax, exitCodes.failed);
    },
    interrupted: interruptible(complain, msMax),
    onExit: (run) => void process.once('exit', run),
  });

/**
 * Runs a command as the whole of this process, and sets its exit code: 0 done, 1 failed, 2 wrong
 * usage, 130 interrupted.
 *
 * @param name begins each line of a complaint
 * @param run returns the exit code
 */
export const runCommand = async (
  name: string,
  run: (open: OpenTerminal) => Promise<number>,
): Promise<void> => {
  const complain = complainAs(name);
  try {
    process.exitCode = await run(openTerminal(complain));
  } catch (error) {
    if (error instanceof Interrupted) {
      process.exitCode = exitCodes.interrupted;
      return;
    }
    complain((explainedFileError(error) ?? (error as Error)).message);
    process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  } finally {
    setTimeout(() => process.exit(), lingerMsMax).unref();
  }
};
