import type {
  CustomResourceChange,
  CustomResourceEvent,
} from '../../src/handlers/runtime/custom-resource/custom-resource.ts';
import {
  type ClusterControl,
  type ClusterState,
  clusterName,
  failureKind,
  readClusterArn,
} from './cluster-control.ts';
import { type Look, type LookAgainDeps, lookAgain } from './look-again.ts';
import { namePeer, nothingToDo } from './name-peer.ts';
import { deployAgain } from './next-steps.ts';
import {
  clusterCommand,
  isLeftOver,
  isNameless,
  type PeeringRequest,
  peeringStep,
  refuseNameless,
} from './peering-step.ts';
import type { StackControl } from './stack-control.ts';

/**
 * Looks between two requests for the peering, while DSQL shows no sign of the first one. DSQL may
 * need seconds to show it, and a request of a killed run may be lost.
 */
const looksPerRequest = 5;

/**
 * Looks in a row at a second cluster that does not name the first, until the name is lost for good.
 * A minute: DSQL shows a change within seconds, and nobody has measured how many.
 */
const namelessLooksMax = 30;

/** @throws where the property is missing */
export const textProperty = (event: CustomResourceEvent, name: string): string => {
  const value = event.ResourceProperties[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${event.ResourceType} needs the property ${name}, a text`);
};

const describeCluster = (arn: string, { status, peers }: ClusterState): string => {
  const named = peers.filter((peer) => peer !== arn).map(clusterName);
  const naming = named.length === 0 ? 'names no peer' : `names ${named.join(' and ')}`;
  return `${clusterName(arn)} is ${status} and ${naming}`;
};

export type PeerClustersDeps = LookAgainDeps & {
  readonly clusters: ClusterControl;
  readonly stacks: StackControl;
};

/** One run of the peering: it remembers when it asked last, and for how long a name is lost. */
const createPeering = (
  { clusters, log }: PeerClustersDeps,
  request: PeeringRequest,
  signal: AbortSignal,
) => {
  const { primaryArn, secondaryArn, witnessRegion } = request;
  let looksUntilRequest = 0;
  let namelessLooks = 0;

  const examine = async (primary: ClusterState, otherArn: string): Promise<void> => {
    const other = await clusters.describe(otherArn, signal).catch((error) => {
      if (failureKind(error) === 'absent') return undefined;
      throw error;
    });
    if (!isLeftOver(request, primary, otherArn, other)) return;
    log('A cluster is left over from a deployment that failed', {
      cluster: otherArn,
      delete: clusterCommand(otherArn, 'delete-cluster'),
    });
  };

  /** @returns whether it asked */
  const peer = async (primary: ClusterState, otherArn: string | undefined): Promise<boolean> => {
    looksUntilRequest -= 1;
    if (looksUntilRequest >= 0) return false;
    if (otherArn !== undefined) await examine(primary, otherArn);
    await clusters.peer(primaryArn, secondaryArn, witnessRegion, signal);
    looksUntilRequest = looksPerRequest;
    return true;
  };

  return async (): Promise<Look<undefined>> => {
    const [primary, secondary] = await Promise.all([
      clusters.describe(primaryArn, signal),
      clusters.describe(secondaryArn, signal),
    ]);
    const step = peeringStep(request, primary, secondary);
    if (step.kind === 'done') return { done: undefined };
    namelessLooks = isNameless(request, primary, secondary) ? namelessLooks + 1 : 0;
    if (namelessLooks > namelessLooksMax) refuseNameless(request);
    const otherArn = step.kind === 'examine' ? step.otherArn : undefined;
    const atOnce = step.kind !== 'wait' && (await peer(primary, otherArn));
    const states = [describeCluster(primaryArn, primary), describeCluster(secondaryArn, secondary)];
    return { seen: states.join(', '), atOnce };
  };
};

/**
 * Peers the primary cluster with the secondary, then waits until both are usable. Then it has the
 * stack of the primary name its peer.
 *
 * Idempotent: it asks for the peering only where it is missing, so that a second run goes on where
 * a killed one ended. A missing permission, a conflict, a throttle, a failure of DSQL and a lost
 * answer make it look again until the signal is aborted.
 *
 * @throws {FinalFailure} for a cluster that is lost or peered with another one, for another
 * witness, for a request that DSQL calls invalid, for a name that is lost, and when the time is up;
 * the message names the next step
 */
export const peerClusters =
  (deps: PeerClustersDeps): CustomResourceChange =>
  async (event, signal) => {
    const request = {
      primaryArn: textProperty(event, 'PrimaryClusterArn'),
      secondaryArn: textProperty(event, 'SecondaryClusterArn'),
      witnessRegion: textProperty(event, 'WitnessRegion'),
    };
    await lookAgain(deps, signal, deployAgain, createPeering(deps, request, signal));
    if (event.ResourceProperties['NamingStackId'] === undefined) {
      return { data: { NextStep: nothingToDo } };
    }
    const naming = {
      stackId: textProperty(event, 'NamingStackId'),
      parameter: textProperty(event, 'NamingParameter'),
      value: readClusterArn(request.secondaryArn).identifier,
    };
    return { data: { NextStep: await namePeer(deps, naming, signal) } };
  };
