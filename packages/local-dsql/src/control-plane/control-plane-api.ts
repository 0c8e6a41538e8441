import { setTimeout as delay } from 'node:timers/promises';
import { createClientTokens } from './client-tokens.ts';
import { newClusterIdentifier } from './cluster-identifier.ts';
import type { ClusterRegistry } from './clusters.ts';
import { AnswerLost } from './control-plane-error.ts';
import { type ControlPlaneFailures, createControlPlaneFailures } from './control-plane-failures.ts';
import type { Fields } from './fields.ts';
import { type ControlPlaneOperation, operations } from './operations.ts';

/** DSQL's control API in all Regions of one account, for callers of the same process. */
export interface ControlPlaneApi {
  /**
   * Runs an operation. Input and output have the members of the service's model; times are seconds
   * since the epoch.
   *
   * @throws {ControlPlaneError} as the service would refuse it
   * @throws {AnswerLost} for an injected end of the connection
   * @example
   * await api.send('us-east-1', 'GetCluster', { identifier });
   */
  readonly send: (
    region: string,
    operation: ControlPlaneOperation,
    input: Fields,
  ) => Promise<Fields>;
}

/** The registry that answers, and the parts of the API around it. */
export type ControlPlaneApiOptions = {
  readonly registry: ClusterRegistry;
  /** None unless given. */
  readonly failures?: ControlPlaneFailures;
  /** Waits where an answer is slow, in milliseconds. */
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** The data endpoint of a cluster that the API creates; as on AWS unless given. */
  readonly endpointOf?: (region: string, identifier: string) => string;
  /** Names a new cluster: 26 small letters and digits, at random unless given. */
  readonly newIdentifier?: () => string;
};

/**
 * Creates the control API over a registry.
 *
 * @example
 * const api = createControlPlaneApi({ registry: createClusterRegistry() });
 */
export const createControlPlaneApi = (options: ControlPlaneApiOptions): ControlPlaneApi => {
  const { registry, failures = createControlPlaneFailures(), sleep = delay } = options;
  const { newIdentifier = newClusterIdentifier } = options;
  const { endpointOf = (region, identifier) => `${identifier}.dsql.${region}.on.aws` } = options;
  const tokens = createClientTokens();
  return {
    send: async (region, operation, input) => {
      const failure = failures.draw(region, operation);
      if (failure.slowMs > 0) await sleep(failure.slowMs);
      if (failure.refusal) throw failure.refusal;
      if (failure.requestLost) throw new AnswerLost('The connection ended before the request.');
      const { creationFails } = failure;
      const scope = { registry, tokens, region, endpointOf, newIdentifier, creationFails };
      const answer = operations[operation](scope, input);
      if (failure.answerLost) throw new AnswerLost('The connection ended before the answer.');
      return answer;
    },
  };
};
