import { join, resolve } from 'node:path';
import { type Postgres, startPostgres } from 'antipode-local-dsql';
import {
  createLifetime,
  firstCause,
  type Lifetime,
  unlessAborted,
} from 'antipode-local-dsql/process';
import { createLocalClock } from '../clock.ts';
import {
  bothObservers,
  createRecorder,
  observeEvents,
  observeFunctions,
} from '../console/index.ts';
import type { Deployments } from '../deployment/index.ts';
import {
  noInjectedFailures,
  seededFailures,
  switchableFailures,
  withPlannedCrashes,
} from '../eventbridge/index.ts';
import { createLogStore } from '../logs/index.ts';
import { openRegionFronts } from '../region-front.ts';
import { type Assembly, readAssembly } from '../template/assembly.ts';
import type { Resource } from '../template/model.ts';
import { connectServices } from './connect-services.ts';
import { createFaultSwitches } from './console/fault-switches.ts';
import { openConsole } from './console/open-console.ts';
import { openDatabase } from './database.ts';
import { deployAssembly } from './deployments/deploy.ts';
import { openDeployments } from './deployments/open-deployments.ts';
import { databaseFolder, openKeptState } from './kept-state.ts';
import type { LocalStack, StackOptions, StackRegion } from './local-stack.ts';
import { type Plan, planStack } from './plan/plan.ts';
import { type HttpRegion, openForRequests, openHttpPorts } from './ports.ts';
import { openBackups } from './restoring/open-backups.ts';
import { beginFailures } from './stack-failures.ts';

/** The Regions of a stack that waits for deployments: the primary and the secondary one. */
const regionsDefault: readonly string[] = ['us-east-1', 'us-west-2'];

type Prepared = {
  /** Absent where the stack waits for deployments. */
  readonly assembly: Assembly | undefined;
  readonly plan: Plan | undefined;
  readonly ports: readonly HttpRegion[];
  readonly postgres: Postgres;
};

const ignore = (): void => {};

/** PostgreSQL on one side, the app and its ports on the other, at the same time. */
const prepare = async (
  options: StackOptions,
  lifetime: Lifetime,
  failure: AbortController,
): Promise<Prepared> => {
  const { dataDir, ignoredTypes = [], httpPorts, onProgress = ignore } = options;
  const startDatabase = async (): Promise<Postgres> => {
    const kept = dataDir === undefined ? {} : { dataDir: join(resolve(dataDir), databaseFolder) };
    const postgres = await lifetime.own(startPostgres(kept), 'PostgreSQL');
    const { failed } = postgres;
    failed.addEventListener('abort', () => failure.abort(failed.reason));
    if (failed.aborted) throw failed.reason;
    onProgress('PostgreSQL is up');
    return postgres;
  };
  const openPorts = (regions: readonly string[]) => openHttpPorts(lifetime, regions, httpPorts);
  const readApp = async (): Promise<Omit<Prepared, 'postgres'>> => {
    if (options.assembly === undefined) {
      const { regions = regionsDefault } = options;
      onProgress(`waiting for deployments to ${regions.join(' and ')}`);
      return { assembly: undefined, plan: undefined, ports: await openPorts(regions) };
    }
    const assembly = readAssembly(await options.assembly);
    const plan = planStack(assembly, ignoredTypes);
    onProgress(`${assembly.stacks.length} stacks for ${plan.regions.join(' and ')}`);
    return { assembly, plan, ports: await openPorts(plan.regions) };
  };
  const [postgres, app] = await Promise.all([startDatabase(), readApp()]);
  return { ...app, postgres };
};

/**
 * One Region may hand work to another just before it is idle itself: a second quiet round means
 * that none did.
 */
const untilIdle = async (
  regions: readonly StackRegion[],
  deployments: Deployments,
): Promise<void> => {
  const round = () => Promise.all([deployments.idle(), ...regions.map((region) => region.idle())]);
  await round();
  await round();
};

/** The stacks' outputs by the name of the stack. */
const outputsOf = (deployments: Deployments): LocalStack['outputs'] =>
  Object.fromEntries(
    deployments.regions
      .flatMap((region) => deployments.inRegion(region).stacks())
      .filter(({ status }) => status !== 'DELETE_COMPLETE')
      .map(({ name, outputs }) => [
        name,
        Object.fromEntries(outputs.map(({ key, value }) => [key, value])),
      ]),
  );

const start = async (
  options: StackOptions,
  lifetime: Lifetime,
  failure: AbortController,
): Promise<LocalStack> => {
  const { onProgress = ignore, onLog = ignore, onInvocation = ignore } = options;
  const { clock = createLocalClock(), signal = new AbortController().signal } = options;
  const { interceptor, dataDir, scratchDir, dsqlPorts, identity, startFailures } = options;
  const drawn = startFailures ? seededFailures(startFailures.events) : noInjectedFailures;
  const switched = switchableFailures(options.failures ?? drawn);
  const { failures, crashes } = withPlannedCrashes(switched.failures);
  const logs = createLogStore(clock.now);
  const recorder = createRecorder(clock);
  const recorded = observeFunctions(recorder);
  const kept = openKeptState(dataDir);
  const { assembly, plan, ports, postgres } = await prepare(options, lifetime, failure);
  signal.throwIfAborted();
  const database = await openDatabase(
    lifetime,
    ports.map(({ region }) => region),
    { postgres, ports: dsqlPorts, scratchDir, identity },
  );
  const { caFile, issueKeys, endpoints } = database;
  let deployed: () => readonly Resource[] = () => [];
  const connected = await connectServices(lifetime, ports, {
    ...{ clock, caFile, issueKeys, interceptor, failures },
    onInvocation: (invocation) => {
      recorded.onInvocation(invocation);
      onInvocation(invocation);
    },
    onLog: (line) => {
      logs.add(line);
      recorded.onLog(line);
      onLog(line);
    },
    observer: (region) =>
      bothObservers(observeEvents(recorder, region), options.eventObserver?.(region)),
    ...(options.canaryMinuteMs !== undefined && { canaryMinuteMs: options.canaryMinuteMs }),
    dsqlEndpoints: endpoints,
    resources: () => deployed(),
  });
  const { regions, network } = connected;
  const { backups, restored } = await openBackups(lifetime, {
    ...{ dataDir, scratchDir: database.scratch, clusters: connected.clusters, endpoints, clock },
    regions: ports.map(({ region }) => region),
    resources: () => deployed(),
  });
  const own = kept.clusters().filter(({ identifier }) => !restored.kept.has(identifier));
  const { deployments, resources, restore } = await openDeployments(lifetime, {
    ...{ ports, connected, database, kept, assembly, dataDir, clock, logs, onProgress, backups },
    ignoredTypes: options.ignoredTypes ?? [],
    clusters: kept.clusters().length > 0 ? own : (plan?.clusters ?? []),
    reopen: () => restored.reopen(kept.clusters()),
  });
  deployed = resources;
  const isRunning = (name: string) => regions.find(({ region }) => region === name)?.isRunning();
  openRegionFronts(ports, (region) => isRunning(region) ?? true, onProgress);
  const switches = createFaultSwitches({ regions, network }, switched, options.faults);
  openConsole(ports, { regions, network }, { recorder, switches, logs });
  await restore();
  if (assembly) await deployAssembly(deployments, assembly, signal);
  await lifetime.own(openForRequests(ports), 'the ports');
  if (startFailures) await beginFailures({ regions, network }, startFailures);
  return {
    ...{ regions, network, crashes, deployments },
    get outputs() {
      return outputsOf(deployments);
    },
    ca: database.ca,
    dsqlKeys: database.personKeys,
    idle: () => untilIdle(regions, deployments),
    failed: failure.signal,
    stop: lifetime.stop,
  };
};

/**
 * Starts an app in all its Regions on this machine.
 *
 * @throws {TemplateProblems} for an app that does not run here, or would fail in AWS.
 * @throws {Error} with one line for a port or a folder that cannot be used, or a custom resource
 * that failed; whatever had started has then ended.
 * @example
 * const stack = await startStack({ assembly: 'cdk.out' });
 * // … stack.regions[0].url
 * await stack.stop();
 */
export const startStack = async (options: StackOptions): Promise<LocalStack> => {
  const { onProgress = ignore } = options;
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])]);
  const lifetime = createLifetime((name) => onProgress(`waiting for ${name} to end`));
  let failed = false;
  const reporting: StackOptions = {
    ...options,
    signal,
    onProgress: (line) => {
      // The other parts were starting too. Nobody is interested in their results after the first
      // failure.
      if (!failed) onProgress(line);
    },
  };
  try {
    return await unlessAborted(signal, start(reporting, lifetime, failure));
  } catch (error) {
    failed = true;
    const cause = await firstCause(error, signal);
    await lifetime.stop().catch(ignore);
    throw cause;
  }
};
