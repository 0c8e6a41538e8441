import { createHash } from 'node:crypto';
import { ControlPlaneError } from './control-plane-error.ts';
import type { ControlPlaneOperation } from './operations.ts';

/**
 * Injected failures of the control API with the rate of each, from 0 to 1. The same seed gives the
 * same failures to the same sequence of requests.
 */
export type ControlPlaneFailurePlan = {
  readonly seed: number;
  /** 403: the permission has not reached every server of IAM yet. */
  readonly denied: number;
  /** 429, with a time to wait. */
  readonly throttled: number;
  /** 500, with a time to wait; nothing was done. */
  readonly failed: number;
  /** 409: another change of the cluster is under way. */
  readonly conflicting: number;
  /** The connection ends before the request has an effect. */
  readonly lostRequest: number;
  /** The request takes effect, and the connection ends before its answer. */
  readonly lostAnswer: number;
  /** The answer takes `slowMs` longer. */
  readonly slow: number;
  readonly slowMs: number;
  /** A cluster that is created ends in `FAILED`. */
  readonly failedCreation: number;
  /** The operations that may fail; all unless given. */
  readonly operations?: readonly ControlPlaneOperation[];
};

/** The failures of one request. */
export type InjectedFailure = {
  readonly slowMs: number;
  readonly refusal?: ControlPlaneError;
  readonly requestLost: boolean;
  readonly answerLost: boolean;
  readonly creationFails: boolean;
};

/** The injected failures of a control plane. They may be changed at any time. */
export interface ControlPlaneFailures {
  /** The rates that hold now. */
  readonly plan: () => ControlPlaneFailurePlan;
  /** Changes the plan; a new seed also forgets how many requests there were. */
  readonly set: (change: Partial<ControlPlaneFailurePlan>) => void;
  /** Ends all injected failures. */
  readonly clear: () => void;
  /** The failures of the next request, which counts it. */
  readonly draw: (region: string, operation: ControlPlaneOperation) => InjectedFailure;
}

const noFailures: ControlPlaneFailurePlan = {
  seed: 0,
  denied: 0,
  throttled: 0,
  failed: 0,
  conflicting: 0,
  lostRequest: 0,
  lostAnswer: 0,
  slow: 0,
  slowMs: 0,
  failedCreation: 0,
};

const retryAfterSeconds = 1;

/** The service's words for an injected refusal, in the order in which they are drawn. */
const refusals = {
  denied: () => new ControlPlaneError('AccessDeniedException', 'Access denied'),
  throttled: () =>
    new ControlPlaneError('ThrottlingException', 'Rate exceeded', { retryAfterSeconds }),
  failed: () =>
    new ControlPlaneError('InternalServerException', 'Internal server error', {
      retryAfterSeconds,
    }),
  conflicting: () =>
    new ControlPlaneError('ConflictException', 'Another change of the cluster is under way.'),
} as const;

/** A number from 0 to 1 that depends on the arguments only. */
const fraction = (...parts: readonly (string | number)[]): number =>
  createHash('md5').update(parts.join(' ')).digest().readUInt32BE() / 2 ** 32;

/**
 * Creates injected failures, none at first.
 *
 * @example
 * const failures = createControlPlaneFailures({ seed: 7, throttled: 0.2, lostAnswer: 0.05 });
 */
export const createControlPlaneFailures = (
  initial: Partial<ControlPlaneFailurePlan> = {},
): ControlPlaneFailures => {
  let plan = { ...noFailures, ...initial };
  let requests = 0;
  return {
    plan: () => plan,
    set: (change) => {
      if (change.seed !== undefined && change.seed !== plan.seed) requests = 0;
      plan = { ...plan, ...change };
    },
    clear: () => {
      plan = noFailures;
    },
    draw: (region, operation) => {
      requests += 1;
      const mayFail = plan.operations === undefined || plan.operations.includes(operation);
      const hits = (question: string, rate: number): boolean =>
        mayFail && rate > 0 && fraction(plan.seed, requests, region, question) < rate;
      const kinds = Object.keys(refusals) as (keyof typeof refusals)[];
      const refused = kinds.find((kind) => hits(kind, plan[kind]));
      return {
        slowMs: hits('slow', plan.slow) ? plan.slowMs : 0,
        ...(refused === undefined ? {} : { refusal: refusals[refused]() }),
        requestLost: hits('lostRequest', plan.lostRequest),
        answerLost: hits('lostAnswer', plan.lostAnswer),
        creationFails: operation === 'CreateCluster' && hits('failedCreation', plan.failedCreation),
      };
    },
  };
};
