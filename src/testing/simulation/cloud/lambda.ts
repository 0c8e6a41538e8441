import type { Machine, SimulatedProcess } from '../machine/process.ts';
import { startProcess } from '../machine/process.ts';
import type { Regions } from './regions.ts';

/** The part of Lambda's context that a simulated invocation has. */
export type SimulatedContext = {
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  readonly getRemainingTimeInMillis: () => number;
};

/** A function of one Region. */
export type SimulatedFunction = {
  readonly name: string;
  readonly region: string;
  /** Milliseconds after which Lambda kills it. */
  readonly timeoutMs: number;
  /** Retries of an asynchronous invocation, 0 to 2. */
  readonly retriesMax: number;
  /** Makes its handler, once for each environment; `version` counts the deployments. */
  readonly init: (
    process: SimulatedProcess,
    version: number,
  ) => (event: unknown, context: SimulatedContext) => Promise<unknown>;
};

/** The event of an invocation: JSON text, or a function that makes what its parsing would give. */
export type InvocationEvent = string | (() => unknown);

/** The end of an invocation. */
export type InvocationEnd =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/** An event that Lambda has given up, in the on-failure queue of its function. */
export type GivenUp = {
  readonly functionName: string;
  readonly text: string;
  readonly reason: string;
};

/** Lambda in both Regions. */
export interface SimulatedLambda {
  /** Invokes a function and tells the end; nobody is told when the Region is lost meanwhile. */
  readonly invoke: (
    fn: SimulatedFunction,
    event: InvocationEvent,
    end: (end: InvocationEnd) => void,
  ) => void;
  /** Queues an invocation, with Lambda's retries; `givenUp` is told of one that has failed. */
  readonly invokeLater: (
    fn: SimulatedFunction,
    text: string,
    givenUp: (letter: GivenUp) => void,
  ) => void;
  /** Deploys a version: new environments have it, and the old ones end one after the other. */
  readonly deploy: (version: number, rolloutMs: number) => void;
  /** Invocations that are under way or queued. */
  readonly openCount: () => number;
}

type Environment = {
  readonly process: SimulatedProcess;
  readonly version: number;
  readonly handler: ReturnType<SimulatedFunction['init']>;
  /** The label of the turn that begins an invocation. */
  readonly invoked: string;
  /** Ends the invocation under way; `undefined` when there is none. */
  end: ((end: InvocationEnd) => void) | undefined;
};

/** Waits before the second and the third attempt of Lambda's queue (developer guide). */
const retryWaitsMs = [60_000, 120_000] as const;

/** How soon Lambda tries a throttled invocation again. Milliseconds. */
const throttledMs = [1_000, 30_000] as const;

/** INIT of a new environment. Milliseconds. */
const initMs = [80, 400] as const;

/** The chance that Lambda takes a new environment although one is free. */
const newEnvironmentChance = 0.02;

/** The environments of all functions, and the versions that they run. */
const createEnvironments = (machine: Machine, regions: Regions) => {
  const { scheduler, random, story } = machine;
  const pools = new Map<SimulatedFunction, Environment[]>();
  let version = 1;
  let rollout = { from: 0, until: 0 };

  const poolOf = (fn: SimulatedFunction): Environment[] => {
    const known = pools.get(fn);
    if (known) return known;
    const pool: Environment[] = [];
    pools.set(fn, pool);
    return pool;
  };

  const remove = (fn: SimulatedFunction, environment: Environment): void => {
    const pool = poolOf(fn);
    const index = pool.indexOf(environment);
    if (index !== -1) pool.splice(index, 1);
  };

  /** During a rollout both versions run side by side. */
  const versionNow = (): number => {
    const { from, until } = rollout;
    if (scheduler.now() >= until) return version;
    return random.chance((scheduler.now() - from) / (until - from)) ? version : version - 1;
  };

  const isOutdated = (one: Environment): boolean =>
    one.version !== version && scheduler.now() >= rollout.until;

  regions.onLoss((region) => {
    for (const [fn, pool] of pools) {
      if (fn.region !== region) continue;
      for (const { process } of [...pool]) process.kill('its Region is lost');
    }
  });

  return {
    start: (fn: SimulatedFunction): Environment => {
      const process = startProcess(machine, fn.region, fn.name);
      const runs = versionNow();
      scheduler.wakes();
      const environment: Environment = {
        process,
        version: runs,
        handler: fn.init(process, runs),
        invoked: `${fn.name}: invoked`,
        end: undefined,
      };
      process.onDeath((why) => {
        remove(fn, environment);
        environment.end?.({ ok: false, reason: why });
      });
      poolOf(fn).push(environment);
      return environment;
    },
    free: (fn: SimulatedFunction): Environment | undefined => {
      let free = poolOf(fn).filter(({ end }) => end === undefined);
      const outdated = free.filter(isOutdated);
      if (outdated.length > 0) {
        for (const one of outdated) one.process.kill('its version is replaced');
        free = free.filter(({ process }) => process.isAlive());
      }
      return free.length === 0 || random.chance(newEnvironmentChance)
        ? undefined
        : random.pick(free);
    },
    deploy: (next: number, rolloutMs: number): void => {
      version = next;
      rollout = { from: scheduler.now(), until: scheduler.now() + rolloutMs };
      story.tell('A deployment', `rolls out version ${next} in ${Math.round(rolloutMs)} ms`);
    },
  };
};

/** Runs one invocation in an environment, and tells its end. */
const createRun = (machine: Machine, environments: ReturnType<typeof createEnvironments>) => {
  const { scheduler, random, story } = machine;

  const contextOf = (fn: SimulatedFunction): SimulatedContext => {
    const startedAt = scheduler.now();
    return {
      awsRequestId: random.uuid(),
      invokedFunctionArn: `arn:aws:lambda:${fn.region}:123456789012:function:${fn.name}`,
      getRemainingTimeInMillis: () =>
        Math.max(0, Math.floor(startedAt + fn.timeoutMs - scheduler.now())),
    };
  };

  return (
    fn: SimulatedFunction,
    event: InvocationEvent,
    end: (end: InvocationEnd) => void,
  ): void => {
    const free = environments.free(fn);
    const environment = free ?? environments.start(fn);
    const { process, handler, invoked } = environment;
    const readyMs = free ? random.between(0.2, 3) : random.within(initMs);
    const cancelTimeout = scheduler.unless(readyMs + fn.timeoutMs, 'timeout', () => {
      if (environment.end === finish) process.kill('its function has timed out');
    });
    const finish = (result: InvocationEnd): void => {
      if (environment.end !== finish) return;
      environment.end = undefined;
      if (process.isAlive()) process.freeze();
      if (story.isTold && !result.ok) story.tell(process.name, `fails: ${result.reason}`);
      cancelTimeout();
      end(result);
    };
    environment.end = finish;
    process.thaw();
    scheduler.after(readyMs, process, invoked, () => {
      handler(typeof event === 'string' ? JSON.parse(event) : event(), contextOf(fn))
        .then(
          (value) => finish({ ok: true, value }),
          (error: unknown) => finish({ ok: false, reason: String(error) }),
        )
        .catch(scheduler.fail);
    });
  };
};

/** Creates Lambda without an environment. */
export const createLambda = (machine: Machine, regions: Regions): SimulatedLambda => {
  const { scheduler, faults, random } = machine;
  const environments = createEnvironments(machine, regions);
  const run = createRun(machine, environments);
  let open = 0;

  const invoke: SimulatedLambda['invoke'] = (fn, event, end) => {
    open += 1;
    const ended = (result: InvocationEnd): void => {
      open -= 1;
      end(result);
    };
    if (!regions.isUp(fn.region)) return ended({ ok: false, reason: 'The Region is lost' });
    if (faults.happens('throttled')) return ended({ ok: false, reason: 'Rate Exceeded.' });
    run(fn, event, ended);
  };

  const invokeLater: SimulatedLambda['invokeLater'] = (fn, text, givenUp) => {
    open += 1;
    const later = (waitMs: number, label: string, failures: number): void =>
      scheduler.after(waitMs, undefined, label, () =>
        regions.whenUp(fn.region, () => attempt(failures)),
      );
    const attempt = (failures: number): void => {
      if (faults.happens('throttled')) {
        later(random.within(throttledMs), 'throttled', failures);
        return;
      }
      run(fn, text, (end) => {
        if (end.ok) {
          open -= 1;
          return;
        }
        // The queue of a lost Region waits with it; its attempts do not count as failures.
        const count = regions.isUp(fn.region) ? failures + 1 : failures;
        if (count <= fn.retriesMax) {
          later(retryWaitsMs[count - 1] ?? 0, 'retried', count);
          return;
        }
        open -= 1;
        givenUp({ functionName: fn.name, text, reason: end.reason });
      });
    };
    regions.whenUp(fn.region, () => attempt(0));
  };

  return { invoke, invokeLater, deploy: environments.deploy, openCount: () => open };
};
