import { setTimeout as delay } from 'node:timers/promises';
import type { TrafficStep } from './traffic-routing.ts';

/** A hook of a deployment, and the function that answers it. */
export type Hook = {
  readonly name: 'BeforeAllowTraffic' | 'AfterAllowTraffic';
  readonly functionName: string;
};

/** The events at which a group leads requests back by itself. */
export type RollBackEvent =
  | 'DEPLOYMENT_FAILURE'
  | 'DEPLOYMENT_STOP_ON_ALARM'
  | 'DEPLOYMENT_STOP_ON_REQUEST';

/** A new version that an alias is to lead to. */
export type DeploymentRequest = {
  readonly application: string;
  readonly group: string;
  readonly configuration: string;
  readonly steps: readonly TrafficStep[];
  /** Names of alarms that stop it. */
  readonly alarms: readonly string[];
  /** Whether it goes on when an alarm is not there. */
  readonly ignoresMissingAlarms: boolean;
  readonly rollsBackOn: readonly string[];
  readonly hooks: readonly Hook[];
  /** Leads a share of the requests to the new version; 0 for none. */
  readonly shift: (percent: number) => void;
  readonly signal: AbortSignal;
};

export type DeploymentStatus = 'InProgress' | 'Succeeded' | 'Failed' | 'Stopped';

/** A deployment as CodeDeploy tells of it. */
export type DeploymentRecord = {
  readonly id: string;
  readonly application: string;
  readonly group: string;
  readonly configuration: string;
  readonly status: DeploymentStatus;
  /** The code and the message of what has ended it. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly endedAt?: number;
};

/** Why a deployment does not go on. */
class DeploymentEnded extends Error {
  override readonly name = 'DeploymentEnded';
  readonly code: string;
  readonly event: RollBackEvent;

  constructor(message: string, { code, event }: { code: string; event: RollBackEvent }) {
    super(message);
    this.code = code;
    this.event = event;
  }
}

export type CodeDeployDeps = {
  readonly now: () => number;
  /** How long a minute of a deployment lasts here. Milliseconds. */
  readonly minuteMs: number;
  /** The state of an alarm with its reason; `undefined` for one that is not there. */
  readonly alarm: (name: string) => { readonly value: string; readonly reason: string } | undefined;
  /** Invokes a function with an event, without waiting for its answer. */
  readonly invoke: (functionName: string, event: string) => void;
  /** The part of ids behind `d-`. */
  readonly newId: () => string;
};

/** CodeDeploy in one Region. */
export interface CodeDeploy {
  /**
   * Leads an alias to a new version, and resolves when it has all requests.
   *
   * @throws {Error} with the reason, once the requests are led back.
   */
  readonly deploy: (request: DeploymentRequest) => Promise<void>;
  /** The last deployments, the newest first. */
  readonly deployments: () => readonly DeploymentRecord[];
  /** Ends a deployment that is under way; `false` for one that has ended or never was. */
  readonly stop: (id: string, rollsBack: boolean) => boolean;
  /** The answer of a hook; `false` for one that nobody waits for. */
  readonly answerHook: (id: string, execution: string, succeeded: boolean) => boolean;
}

/** Alarms are looked at so many times in a minute of a deployment. */
const looksPerMinute = 12;

/** CodeDeploy waits so long for the answer of a hook (user guide, AppSpec hooks). Minutes. */
const hookMinutesMax = 60;

/** Deployments that are told of; the oldest go first. */
const recordsMax = 100;

const failure = (code: string, message: string): DeploymentEnded =>
  new DeploymentEnded(message, { code, event: 'DEPLOYMENT_FAILURE' });

type Stop = { readonly rollsBack: boolean };

/** The course of one deployment. */
const createCourse = (
  deps: CodeDeployDeps,
  id: string,
  request: DeploymentRequest,
  hooks: Map<string, (succeeded: boolean) => void>,
  stopped: () => Stop | undefined,
) => {
  const { now, minuteMs, alarm, invoke } = deps;
  const { alarms, ignoresMissingAlarms, shift, signal } = request;

  const refuseAlarms = (): void => {
    for (const name of alarms) {
      const state = alarm(name);
      if (!state && !ignoresMissingAlarms) {
        throw failure('ALARM_NOT_FOUND', `there is no alarm ${name}`);
      }
      if (state?.value !== 'ALARM') continue;
      throw new DeploymentEnded(`the alarm ${name} is on: ${state.reason}`, {
        code: 'ALARM_ACTIVE',
        event: 'DEPLOYMENT_STOP_ON_ALARM',
      });
    }
  };

  const look = (): void => {
    signal.throwIfAborted();
    const stop = stopped();
    if (stop) {
      const message = 'somebody has stopped it';
      throw new DeploymentEnded(message, {
        code: 'MANUAL_STOP',
        event: 'DEPLOYMENT_STOP_ON_REQUEST',
      });
    }
    refuseAlarms();
  };

  const wait = async (until: () => boolean, minutesMax: number): Promise<void> => {
    const end = now() + minutesMax * minuteMs;
    look();
    while (!until() && now() < end) {
      await delay(Math.min(minuteMs / looksPerMinute, Math.max(0, end - now())));
      look();
    }
  };

  const runHook = async ({ name, functionName }: Hook): Promise<void> => {
    const execution = deps.newId();
    let answer: boolean | undefined;
    hooks.set(`${id} ${execution}`, (succeeded) => {
      answer = succeeded;
    });
    try {
      invoke(
        functionName,
        JSON.stringify({ DeploymentId: id, LifecycleEventHookExecutionId: execution }),
      );
      await wait(() => answer !== undefined, hookMinutesMax);
    } finally {
      hooks.delete(`${id} ${execution}`);
    }
    if (answer) return;
    const what = answer === false ? 'reports a failure' : 'has not answered';
    throw failure('HOOK_FAILED', `the hook ${name}, function ${functionName}, ${what}`);
  };

  const hooksNamed = async (name: Hook['name']): Promise<void> => {
    for (const hook of request.hooks.filter((one) => one.name === name)) await runHook(hook);
  };

  return async (): Promise<void> => {
    look();
    await hooksNamed('BeforeAllowTraffic');
    for (const { percent, minutes } of request.steps) {
      shift(percent);
      await wait(() => false, minutes);
    }
    await hooksNamed('AfterAllowTraffic');
  };
};

/**
 * Shifts requests between versions as CodeDeploy does, by its times, alarms and hooks.
 *
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
 */
export const createCodeDeploy = (deps: CodeDeployDeps): CodeDeploy => {
  const { now } = deps;
  const records = new Map<string, DeploymentRecord>();
  const hooks = new Map<string, (succeeded: boolean) => void>();
  const stops = new Map<string, Stop>();

  const put = (record: DeploymentRecord): void => {
    records.set(record.id, record);
    for (const id of [...records.keys()].slice(0, -recordsMax)) records.delete(id);
  };

  const deploy = async (request: DeploymentRequest): Promise<void> => {
    const { application, group, configuration, shift, rollsBackOn } = request;
    const id = `d-${deps.newId()}`;
    const begun = { id, application, group, configuration, createdAt: now() };
    put({ ...begun, status: 'InProgress' });
    try {
      await createCourse(deps, id, request, hooks, () => stops.get(id))();
      put({ ...begun, status: 'Succeeded', endedAt: now() });
    } catch (error) {
      const isOwn = error instanceof DeploymentEnded;
      const { message } = error as Error;
      // The end of the local stack leaves no alias between two versions.
      if (!isOwn || rollsBackOn.includes(error.event) || stops.get(id)?.rollsBack) shift(0);
      const status = isOwn && error.event === 'DEPLOYMENT_FAILURE' ? 'Failed' : 'Stopped';
      const code = isOwn ? error.code : 'TIMEOUT';
      put({ ...begun, status, endedAt: now(), error: { code, message } });
      throw new Error(`CodeDeploy ended the deployment ${id}: ${message}`, { cause: error });
    } finally {
      stops.delete(id);
    }
  };

  return {
    deploy,
    deployments: () => [...records.values()].toReversed(),
    stop: (id, rollsBack) => {
      if (records.get(id)?.status !== 'InProgress') return false;
      stops.set(id, { rollsBack });
      return true;
    },
    answerHook: (id, execution, succeeded) => {
      const answer = hooks.get(`${id} ${execution}`);
      answer?.(succeeded);
      return answer !== undefined;
    },
  };
};
