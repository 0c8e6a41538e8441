import { join, resolve } from 'node:path';
import { defined } from 'antipode/internal/domain';
import { type Terminal, UsageError, unlessAborted } from 'antipode-local-dsql/process';
import {
  createRunFolder,
  openPortFolder,
  type PortFolder,
  type RunFolder,
  refuseTakenPorts,
} from 'antipode-local-dsql/runs';
import { createLocalClock } from '../../local/clock.ts';
import { requireRuntimeClient } from '../../local/lambda/environment/runtime-client.ts';
import { type DescribeScenario, loadScenario, type Scenario } from '../../local/scenario.ts';
import { openKeptState } from '../../local/stack/kept-state.ts';
import type { LocalStack, StackFailures } from '../../local/stack/local-stack.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import type { LocalOptions } from '../../options.ts';
import { createRecentInvocations, type RecentInvocations } from '../logs/recent-invocations.ts';
import { openRunLogs, type RunLogs } from '../logs/run-logs.ts';
import { startControl } from '../runs/control-server.ts';
import { type ControlAccess, writeStackAccess } from '../runs/stack-access.ts';
import { checkChosenRegions, chosenRegions, refuseWrongWitness } from './chosen-regions.ts';
import { printDatabase } from './database-access.ts';
import { createFunctionNamed } from './function-named.ts';
import { type Project, readProject } from './project.ts';
import { type ProjectWatch, watchProject } from './project-watch.ts';
import {
  elapsedSeconds,
  eventAlarms,
  printDeployCommand,
  printExamples,
  printRegions,
} from './report.ts';
import { synthesize } from './synthesize.ts';
import { wantedPorts } from './wanted-ports.ts';

/** One run of the command. */
type Run = {
  /** It has the command that synthesizes its app, unless the stack waits for deployments. */
  readonly project: Project;
  readonly folder: RunFolder;
  readonly logs: RunLogs;
  readonly portFolder: PortFolder;
  readonly options: LocalOptions;
  readonly terminal: Terminal;
  readonly invocations: RecentInvocations;
  readonly startFailures: StackFailures | undefined;
};

/** The output folder of the synthesis from which the stack is started. */
const outputOf = ({ folder }: Pick<Run, 'folder'>): string => join(folder.path, 'cdk.out');

/** The project, if it says how to synthesize its app, or none of its app is to run. */
const runnableProject = (directory: string, options: LocalOptions): Project => {
  const project = readProject(directory, options);
  if (options.empty) return { directory, context: project.context };
  if (project.app !== undefined) return project;
  throw new UsageError(`no app to run: give --app, or "app" in ${join(directory, 'cdk.json')}`);
};

const synthesizeApp = async (run: Run, output: string, signal: AbortSignal): Promise<string> => {
  const { project, options, terminal } = run;
  await synthesize({
    ...project,
    app: project.app ?? '',
    output,
    environment: { ...terminal.environment, ...chosenRegions(options) },
    signal,
  });
  checkChosenRegions(readAssembly(output), options);
  return output;
};

const startApp = async (run: Run, assembly: Promise<string> | undefined, signal: AbortSignal) => {
  const { folder, logs, options, terminal, invocations } = run;
  const { data, httpPorts, dsqlPorts, ignore, scheduleSpeed } = options;
  const { directory, print } = terminal;
  // Loads here, while the synthesis runs, since loading takes long too.
  const { startStack } = await import('../../local/stack/start-stack.ts');
  return startStack({
    ...defined({ assembly, regions: options.regions }),
    httpPorts,
    dsqlPorts,
    signal,
    ignoredTypes: ignore,
    clock: createLocalClock({ speed: scheduleSpeed }),
    scratchDir: folder.path,
    identity: run.portFolder.identity,
    ...defined({ startFailures: run.startFailures, faults: options.faults }),
    ...(data !== undefined && { dataDir: resolve(directory, data) }),
    onProgress: (line) => print(`${elapsedSeconds().padStart(7)}  ${line}`),
    onLog: logs.write,
    eventObserver: (region) => eventAlarms(region, logs.printAlarm),
    onInvocation: invocations.add,
  });
};

/** Synthesizes, starts and loads at the same time. The first failure ends the rest. */
const start = async (run: Run) => {
  const { project, terminal } = run;
  const failed = new AbortController();
  const signal = AbortSignal.any([terminal.interrupted, failed.signal]);
  const { app } = project;
  if (app !== undefined) {
    terminal.print(`${elapsedSeconds().padStart(7)}  synthesizing: ${app}`);
  }
  const assembly = app === undefined ? undefined : synthesizeApp(run, outputOf(run), signal);
  // `startStack` awaits the assembly and reports its failure. If another part fails before, nobody
  // awaits it.
  assembly?.catch(() => undefined);
  try {
    const describe = project.check === undefined ? undefined : await loadScenario(project.check);
    const [stack, { runSelfCheck }] = await Promise.all([
      startApp(run, assembly, signal),
      import('./self-check.ts'),
    ]);
    return { stack, describe, runSelfCheck };
  } catch (error) {
    failed.abort(error);
    throw error;
  }
};

const watchRun = (run: Run): ProjectWatch | undefined =>
  run.options.watch
    ? watchProject(run.terminal, {
        data: run.options.data,
        assembly: outputOf(run),
        ignoredTypes: run.options.ignore,
        synthesize: async (output, signal) => {
          await synthesizeApp(run, output, signal);
        },
      })
    : undefined;

const scenarioOf = ({ regions, outputs }: LocalStack, describe: DescribeScenario): Scenario => {
  const functions = [...new Set(regions.flatMap((region) => [...region.functions.keys()]))];
  return describe({
    functions,
    functionNamed: createFunctionNamed(functions),
    outputs: Object.assign({}, ...Object.values(outputs)),
  });
};

/**
 * Shows and checks a stack, and waits until it is interrupted.
 *
 * @returns whether the check passed.
 */
const stay = async (
  { folder, portFolder, logs, options, terminal, invocations }: Run,
  watch: ProjectWatch | undefined,
  { stack, describe, runSelfCheck }: Awaited<ReturnType<typeof start>>,
  control: ControlAccess,
): Promise<boolean> => {
  const over = AbortSignal.any([terminal.interrupted, stack.failed]);
  const print = (line: string): void => {
    // The check may go on after the end. Nobody needs its steps then.
    if (!over.aborted) terminal.print(line);
  };
  print(`${elapsedSeconds().padStart(7)}  up`);
  portFolder.keepIdentity();
  printRegions(stack, print);
  await printDatabase(stack, portFolder, print);
  logs.announce(stack);
  if (options.empty) printDeployCommand(stack, print);
  writeStackAccess(folder, stack, control);
  const scenario = describe && scenarioOf(stack, describe);
  if (scenario) printExamples(stack, scenario, portFolder, print);
  const passed = scenario
    ? await unlessAborted(over, runSelfCheck(scenario, stack, invocations.list, print))
    : true;
  invocations.forget();
  if (options.once) return passed;
  print('');
  watch?.follow(stack, over);
  print('Ctrl-C ends it.');
  await unlessAborted(over, new Promise(() => {})).catch(() => undefined);
  stack.failed.throwIfAborted();
  terminal.print('ending');
  return passed;
};

/** Loads the reader only where there is something to read: it brings the local DSQL with it. */
const readFailures = async (text: string): Promise<StackFailures> => {
  const { parseStackFailures } = await import('../../local/stack/stack-failures.ts');
  try {
    return parseStackFailures(text);
  } catch (cause) {
    throw new UsageError(`--faults: ${(cause as Error).message}`, { cause });
  }
};

/**
 * `antipode local`: starts the project's app, shows and checks it, and stays until it is
 * interrupted.
 *
 * @returns whether all went well.
 * @throws {Error} with one line for each thing that kept the app from starting; the reason of the
 * interruption when it came before the app was up and checked.
 */
export const runLocal = async (options: LocalOptions, terminal: Terminal): Promise<boolean> => {
  const { directory, interrupted, onExit } = terminal;
  const project = runnableProject(directory, options);
  refuseWrongWitness(options, terminal.environment);
  requireRuntimeClient();
  const startFailures =
    options.faults === undefined ? undefined : await readFailures(options.faults);
  await refuseTakenPorts(wantedPorts(options));
  // Opened again with the stack, once the app has been synthesized.
  if (options.data !== undefined) openKeptState(resolve(directory, options.data));
  const folder = createRunFolder(directory);
  const logs = openRunLogs(folder, terminal);
  onExit(logs.removeFolder);
  // With `--once` any free port is taken: no person uses a run that ends by itself, so its port's
  // folder need not stay.
  const port = options.once ? 0 : (options.httpPorts[0] ?? 0);
  const portFolder = openPortFolder(directory, port, folder);
  const invocations = createRecentInvocations();
  const run: Run = {
    project,
    folder,
    portFolder,
    logs,
    options,
    terminal,
    invocations,
    startFailures,
  };
  const watch = watchRun(run);
  const started = await start(run).catch(async (error: unknown) => {
    logs.end(!interrupted.aborted);
    await logs.close();
    throw error;
  });
  const { stack } = started;
  const control = await startControl(stack, terminal.print);
  try {
    const passed = await stay(run, watch, started, control);
    logs.end(!passed);
    return passed || !options.once;
  } catch (error) {
    logs.end(stack.failed.aborted || !interrupted.aborted);
    if (!stack.failed.aborted) throw error;
    // Said before the rest ends, which may take a while.
    terminal.fail((stack.failed.reason as Error).message);
    return false;
  } finally {
    await control.stop();
    await stack.stop();
    await logs.close();
  }
};
