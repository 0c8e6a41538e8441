import {
  endMsMax,
  exitCodes,
  type OpenTerminal,
  runCommand,
  UsageError,
} from 'antipode-local-dsql/process';
import { eventsDefaults, migrationDefaults, readProject } from './commands/local/project.ts';
import { asksForLogs, logsOptions } from './commands/logs/logs-options.ts';
import { localHelp, localOptions } from './options.ts';

const help = `antipode COMMAND

  init          write a new service, with its tests, into a folder
  local         run a CDK app in all its Regions on this machine
  local dsql    run a DSQL cluster alone, as antipode-local-dsql does
  local region  stop a Region of the stack that runs here, or start it again
  local link    cut the link between its Regions, or mend it
  local crash   kill a process between its COMMIT and its publish
  migrate       bring the schema of a DSQL cluster up to date
  events        document a service's events, check their changes; send one by hand, replay an archive
  outbox        look at the events that a service has committed, redrive or republish them
  dlq           look at the events that could not be handled, and redrive them
  rows          bring back rows that a wrong DELETE has taken, from a restored cluster
  trace         print what one request has caused, in both Regions
  verify        check that a deployed service works in both Regions
  status        print the state of a deployed service in both Regions
  logs          print the lines of its functions in both Regions

antipode COMMAND --help tells more.
`;

const print = (text: string): number => {
  process.stdout.write(text);
  return exitCodes.done;
};

const init = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { initHelp, initOptions } = await import('./commands/init/options.ts');
  const options = initOptions(args, process.cwd());
  if (!options) return print(initHelp);
  const { ownPackages } = await import('./commands/init/own-packages.ts');
  const { runInit } = await import('./commands/init/run-init.ts');
  runInit(options, ownPackages(), open());
  return exitCodes.done;
};

const local = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const options = localOptions(args);
  if (!options) return print(localHelp);
  const { runLocal } = await import('./commands/local/local.ts');
  return (await runLocal(options, open(endMsMax))) ? exitCodes.done : exitCodes.failed;
};

const logs = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const options = logsOptions(args);
  if (!options) return print(localHelp);
  const { followLogs } = await import('./commands/logs/follow-logs.ts');
  await followLogs(options, open());
  return exitCodes.done;
};

const dsql = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { dsqlCommand } = await import('antipode-local-dsql/command');
  return dsqlCommand('antipode local dsql', args, open);
};

const outage = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { outageHelp, outageOptions } = await import('./commands/outage/options.ts');
  const options = outageOptions(args);
  if (!options) return print(outageHelp);
  const { runOutage } = await import('./commands/outage/run-outage.ts');
  await runOutage(options, open());
  return exitCodes.done;
};

const migrate = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { migrateHelp, migrateOptions } = await import('./commands/migrate/migrate-options.ts');
  const defaults = migrationDefaults(readProject(process.cwd(), {}));
  const options = migrateOptions(args, process.env, defaults);
  if (!options) return print(migrateHelp);
  const { runMigrate } = await import('./commands/migrate/migrate.ts');
  await runMigrate(options, open());
  return exitCodes.done;
};

const events = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { eventsHelp, eventsOptions } = await import('./commands/events/events-options.ts');
  const options = eventsOptions(args, eventsDefaults(readProject(process.cwd(), {})));
  if (!options) return print(eventsHelp);
  const { runEvents } = await import('./commands/events/run-events.ts');
  await runEvents(options, open());
  return exitCodes.done;
};

const outbox = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { outboxHelp, outboxOptions } = await import('./commands/outbox/options.ts');
  const options = outboxOptions(args, process.env, Date.now());
  if (!options) return print(outboxHelp);
  const { runOutbox } = await import('./commands/outbox/run-outbox.ts');
  const { personAtTerminal } = await import('./commands/service/confirm.ts');
  return (await runOutbox(options, open(), personAtTerminal)) ? exitCodes.done : exitCodes.failed;
};

const dlq = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { dlqHelp, dlqOptions } = await import('./commands/dlq/options.ts');
  const options = dlqOptions(args);
  if (!options) return print(dlqHelp);
  const { runDlq } = await import('./commands/dlq/run-dlq.ts');
  const { personAtTerminal } = await import('./commands/service/confirm.ts');
  return (await runDlq(options, open(), personAtTerminal)) ? exitCodes.done : exitCodes.failed;
};

const rows = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { rowsHelp, rowsOptions } = await import('./commands/rows/options.ts');
  const options = rowsOptions(args);
  if (!options) return print(rowsHelp);
  const { runRows } = await import('./commands/rows/run-rows.ts');
  const { personAtTerminal } = await import('./commands/service/confirm.ts');
  return (await runRows(options, open(), personAtTerminal)) ? exitCodes.done : exitCodes.failed;
};

const trace = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { traceHelp, traceOptions } = await import('./commands/trace/options.ts');
  const options = traceOptions(args, process.env, Date.now());
  if (!options) return print(traceHelp);
  const { runTrace } = await import('./commands/trace/run-trace.ts');
  return (await runTrace(options, open())) ? exitCodes.done : exitCodes.failed;
};

const verify = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { verifyHelp, verifyOptions } = await import('./commands/verify/options.ts');
  const options = verifyOptions(args);
  if (!options) return print(verifyHelp);
  const { runVerify } = await import('./commands/verify/run-verify.ts');
  return (await runVerify(options, open())) ? exitCodes.done : exitCodes.failed;
};

const status = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { statusHelp, statusOptions } = await import('./commands/status/options.ts');
  const options = statusOptions(args);
  if (!options) return print(statusHelp);
  const { runStatus } = await import('./commands/status/run-status.ts');
  return (await runStatus(options, open())) ? exitCodes.done : exitCodes.failed;
};

const bothLogs = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { bothLogsHelp, bothLogsOptions } = await import('./commands/logs/options.ts');
  const options = bothLogsOptions(args, Date.now());
  if (!options) return print(bothLogsHelp);
  const { runBothLogs } = await import('./commands/logs/run-both-logs.ts');
  await runBothLogs(options, open());
  return exitCodes.done;
};

const bus = async (args: readonly string[], open: OpenTerminal): Promise<number> => {
  const { busCommand } = await import('./commands/bus/bus-command.ts');
  const asked = busCommand(args, process.cwd());
  if (typeof asked === 'string') return print(asked);
  const { personAtTerminal } = await import('./commands/service/confirm.ts');
  return (await asked(open(), personAtTerminal)) ? exitCodes.done : exitCodes.failed;
};

const run = async ([command, ...args]: readonly string[], open: OpenTerminal): Promise<number> => {
  switch (command) {
    case 'init':
      return init(args, open);
    case 'local':
      if (args[0] === 'dsql') return dsql(args.slice(1), open);
      if (/^(?:region|link|crash)$/.test(args[0] ?? '')) return outage(args, open);
      return asksForLogs(args) ? logs(args, open) : local(args, open);
    case 'migrate':
      return migrate(args, open);
    case 'events':
      return args[0] === 'send' || args[0] === 'replay' ? bus(args, open) : events(args, open);
    case 'outbox':
      return outbox(args, open);
    case 'dlq':
      return dlq(args, open);
    case 'rows':
      return rows(args, open);
    case 'trace':
      return trace(args, open);
    case 'verify':
      return verify(args, open);
    case 'status':
      return status(args, open);
    case 'logs':
      return bothLogs(args, open);
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      return print(help);
    default:
      throw new UsageError(`${command} is no command: see antipode --help`);
  }
};

/**
 * Runs the `antipode` command and sets the exit code of the process: 0 done, 1 failed, 2 wrong
 * usage.
 */
export const main = (args: readonly string[]): Promise<void> =>
  runCommand('antipode', (open) => run(args, open));
