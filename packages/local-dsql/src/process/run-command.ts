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
 * npm passes on a Ctrl-C that the terminal has sent to this process, too. A signal that comes
 * within this time is the same Ctrl-C. Milliseconds.
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

/** Ends the process after so long, also when parts of it still run. */
const endWithin = (msMax: number, exitCode: number): void => {
  setTimeout(() => process.exit(exitCode), msMax).unref();
};

type Complain = (text: string) => void;

/**
 * Explains why output could not be written. A reader or a terminal that has gone is no failure; a
 * full disk is one.
 */
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
  // The loss of a reader after a signal is no second request to end.
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

/** Writes a text to standard error, each line behind the name of the command. */
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
