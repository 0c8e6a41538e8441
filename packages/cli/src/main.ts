import { explainedFileError, reasonOf } from '../../local-dsql/src/folders/system-error.ts';
import { migrationDefaults, readProject } from './commands/local/project.ts';
import { asksForLogs, logsOptions } from './commands/logs/logs-options.ts';
import { localHelp, localOptions, UsageError } from './options.ts';
import { whenStarterEnds } from './starter.ts';
import type { Terminal } from './terminal.ts';

const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const help = `antipode COMMAND

  local         run a CDK app in all its Regions on this machine
  local dsql    run a DSQL cluster alone
  migrate       bring the schema of a DSQL cluster up to date

antipode COMMAND --help tells more.
`;

/** What runs on this machine has so long to end; what it leaves, such as a PostgreSQL that is stuck, ends without it. */
const endMsMax = 8_000;

/** A command that has failed ends within two seconds. Its supervisor removes PostgreSQL's files, also after that. */
const failedEndMsMax = 1_500;

/** What has ended may leave timers behind, such as answers that were on their way: nobody waits for them. */
const lingerMsMax = 1_000;

/** npm passes on a Ctrl-C that the terminal has sent here as well: what comes this soon is the same one. */
const echoMsMax = 500;

/** Each line of a text says who speaks. */
const complain = (text: string): void => {
  for (const line of text.split('\n')) console.error(`antipode: ${line}`);
};

/** The first of these signals ends what runs, the second the process. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends the process after a while, whatever still runs then. */
const endWithin = (msMax: number, exitCode: number): void => {
  setTimeout(() => process.exit(exitCode), msMax).unref();
};

/** A reader or a terminal that has gone is no failure; a disk that is full is one. */
const explainUnprinted = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE' || error.code === 'EIO') return;
  complain(`cannot write what is printed: ${reasonOf(error)}`);
  process.once('exit', () => {
    process.exitCode = exitCodes.failed;
  });
};

/** @param msMax how long what runs may take to end; as long as it likes unless given */
const interruptible = (msMax?: number): AbortSignal => {
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
  process.stdout.once('error', explainUnprinted);
  process.stdout.on('error', lost);
  process.stderr.on('error', () => undefined);
  process.channel?.unref();
  whenStarterEnds(lost);
  return controller.signal;
};

/** The person ended it before it was done. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

const terminal = (msMax?: number): Terminal => ({
  directory: process.cwd(),
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  warn: complain,
  fail: (line) => {
    complain(line);
    endWithin(failedEndMsMax, exitCodes.failed);
  },
  interrupted: interruptible(msMax),
  onExit: (run) => void process.once('exit', run),
});

const local = async (args: readonly string[]): Promise<number> => {
  const options = localOptions(args);
  if (!options) {
    process.stdout.write(localHelp);
    return exitCodes.done;
  }
  const { runLocal } = await import('./commands/local/local.ts');
  return (await runLocal(options, terminal(endMsMax))) ? exitCodes.done : exitCodes.failed;
};

const logs = async (args: readonly string[]): Promise<number> => {
  const options = logsOptions(args);
  if (!options) {
    process.stdout.write(localHelp);
    return exitCodes.done;
  }
  const { followLogs } = await import('./commands/logs/follow-logs.ts');
  await followLogs(options, terminal());
  return exitCodes.done;
};

const dsql = async (args: readonly string[]): Promise<number> => {
  const { dsqlHelp, dsqlOptions } = await import('./commands/dsql/dsql-options.ts');
  const options = dsqlOptions(args);
  if (!options) {
    process.stdout.write(dsqlHelp);
    return exitCodes.done;
  }
  const { runDsql } = await import('./commands/dsql/dsql.ts');
  return (await runDsql(options, terminal(endMsMax))) ? exitCodes.done : exitCodes.failed;
};

const migrate = async (args: readonly string[]): Promise<number> => {
  const { migrateHelp, migrateOptions } = await import('./commands/migrate/migrate-options.ts');
  const defaults = migrationDefaults(readProject(process.cwd(), {}));
  const options = migrateOptions(args, process.env, defaults);
  if (!options) {
    process.stdout.write(migrateHelp);
    return exitCodes.done;
  }
  const { runMigrate } = await import('./commands/migrate/migrate.ts');
  await runMigrate(options, terminal());
  return exitCodes.done;
};

const run = async ([command, ...args]: readonly string[]): Promise<number> => {
  switch (command) {
    case 'local':
      if (args[0] === 'dsql') return dsql(args.slice(1));
      return asksForLogs(args) ? logs(args) : local(args);
    case 'migrate':
      return migrate(args);
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(help);
      return exitCodes.done;
    default:
      throw new UsageError(`${command} is no command: see antipode --help`);
  }
};

/** Runs the `antipode` command and sets the exit code of the process: 0 done, 1 failed, 2 wrong usage. */
export const main = async (args: readonly string[]): Promise<void> => {
  try {
    process.exitCode = await run(args);
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
