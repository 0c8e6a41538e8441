import { join, resolve } from 'node:path';
import { type Postgres, startPostgres } from 'antipode-local-dsql';
import {
  createLifetime,
  firstCause,
  type Lifetime,
  unlessAborted,
} from 'antipode-local-dsql/process';
import { createLocalClock } from '../clock.ts';
import { cloudFormationRoute, stacksIn, stsRoute } from '../cloudformation/index.ts';
import { seededFailures } from '../eventbridge/index.ts';
import { createLogStore } from '../logs/index.ts';
import { openRegionFronts } from '../region-front.ts';
import { type Assembly, readAssembly } from '../template/assembly.ts';
import { connectServices } from './connect-services.ts';
import { addressOf, openDatabase } from './database.ts';
import { deploy } from './deploy.ts';
import { databaseFolder, openKeptState } from './kept-state.ts';
import type { LocalStack, StackOptions, StackRegion } from './local-stack.ts';
import { type Plan, planStack } from './plan/plan.ts';
import { watchingRoutes } from './plan/watching-routes.ts';
import { type HttpRegion, openHttpPorts } from './ports.ts';
import { beginFailures } from './stack-failures.ts';

type Prepared = {
  readonly assembly: Assembly;
  readonly plan: Plan;
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
  const readApp = async () => {
    const assembly = readAssembly(await options.assembly);
    const plan = planStack(assembly, ignoredTypes);
    onProgress(`${assembly.stacks.length} stacks for ${plan.regions.join(' and ')}`);
    return { assembly, plan, ports: await openHttpPorts(lifetime, plan.regions, httpPorts) };
  };
  const [postgres, app] = await Promise.all([startDatabase(), readApp()]);
  return { ...app, postgres };
};

/**
 * One Region may hand work to another just before it is idle itself: a second quiet round means
 * that none did.
 */
const untilIdle = async (regions: readonly StackRegion[]): Promise<void> => {
  const round = () => Promise.all(regions.map((region) => region.idle()));
  await round();
  await round();
};

const start = async (
  options: StackOptions,
  lifetime: Lifetime,
  failure: AbortController,
): Promise<LocalStack> => {
  const { onProgress = ignore, onLog = ignore, onInvocation = ignore } = options;
  const { clock = createLocalClock(), signal = new AbortController().signal } = options;
  const {
    interceptor,
    dataDir,
    scratchDir,
    dsqlPorts,
    identity,
    ignoredTypes = [],
    startFailures,
    failures = startFailures && seededFailures(startFailures.events),
    eventObserver,
  } = options;
  const logs = createLogStore(clock.now);
  const kept = openKeptState(dataDir);
  const { assembly, plan, ports, postgres } = await prepare(options, lifetime, failure);
  signal.throwIfAborted();
  const database = await openDatabase(lifetime, plan, {
    postgres,
    ports: dsqlPorts,
    scratchDir,
    identity,
  });
  const { caFile, issueKeys, endpoints } = database;
  const connected = await connectServices(lifetime, ports, plan.resources, {
    clock,
    caFile,
    issueKeys,
    onLog: (line) => {
      logs.add(line);
      onLog(line);
    },
    onInvocation,
    interceptor,
  });
  const { resources, outputs } = await deploy({
    assembly,
    plan,
    ignoredTypes,
    endpoints: (region) => {
      const dsql = endpoints.get(region);
      return { http: connected.urlOf(region), dsql: dsql ? addressOf(dsql) : '' };
    },
    services: connected.servicesOf,
    clusters: connected.clusters,
    customResources: connected.customResources,
    kept,
    onProgress,
    signal,
  });
  for (const { region, routes } of ports) {
    const stacks = stacksIn(region, resources, outputs);
    routes.push(cloudFormationRoute(stacks, clock.now()), stsRoute);
    routes.push(...watchingRoutes(region, resources, connected.servicesOf(region), logs, clock));
  }
  const { regions, network } = await connected.startEvents(resources, {
    clock,
    failures,
    observer: eventObserver,
    dsqlEndpoints: endpoints,
  });
  const isRunning = (name: string) => regions.find(({ region }) => region === name)?.isRunning();
  openRegionFronts(ports, (region) => isRunning(region) ?? true, onProgress);
  if (startFailures) await beginFailures({ regions, network }, startFailures);
  return {
    regions,
    network,
    outputs,
    ca: database.ca,
    dsqlKeys: database.personKeys,
    idle: () => untilIdle(regions),
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
