import { describe, expect, it } from 'vitest';
import { namePeer } from '../../../infra/peering/name-peer.ts';
import { peerClusters } from '../../../infra/peering/peer-clusters-handler.ts';
import type { StackState } from '../../../infra/peering/stack-control.ts';
import {
  primaryArn,
  requestOf,
  secondaryArn,
  serviceError,
  state,
  worldOf,
} from './control-plane.ts';

const stackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/shop-data-primary/1a2b';
const command = `npx cdk deploy shop-data-primary --exclusively --parameters shop-data-primary:PeerClusterIdentifier=second`;
const naming = { stackId, parameter: 'PeerClusterIdentifier', value: 'second' };
const stackOf = (status: string, PeerClusterIdentifier = ''): StackState => ({
  status,
  parameters: { PeerClusterIdentifier, FirstWitnessRegion: 'us-east-2' },
});

/** A stack that goes through a script, one state or error for each look; the last one stays. */
const controlOf = (...script: (StackState | Error)[]) => {
  const updates: unknown[] = [];
  const stacks = {
    describe: async () => {
      const [next] = script.length > 1 ? script.splice(0, 1) : script;
      if (next === undefined || next instanceof Error) throw next;
      return next;
    },
    update: async (...request: readonly unknown[]) => {
      updates.push(request.slice(0, 2));
    },
  };
  return { stacks, updates };
};

const run = async (...script: (StackState | Error)[]) => {
  const { deps, lines, pauses, signal } = worldOf({});
  const { stacks, updates } = controlOf(...script);
  const nextStep = await namePeer({ ...deps, stacks }, naming, signal);
  return { nextStep, updates, lines, pauses };
};

describe('the stack of the primary cluster', () => {
  it('gets the identifier of the peer, and keeps its other parameters', async () => {
    const { nextStep, updates } = await run(
      stackOf('CREATE_COMPLETE'),
      stackOf('UPDATE_IN_PROGRESS', 'second'),
      stackOf('UPDATE_COMPLETE', 'second'),
    );
    const change = {
      parameters: { PeerClusterIdentifier: 'second' },
      kept: ['FirstWitnessRegion'],
      resourceTypes: ['AWS::DSQL::Cluster'],
    };
    expect([nextStep, updates]).toEqual(['none', [[stackId, change]]]);
  });

  it('stays as it is where it names the peer, or has no such parameter', async () => {
    for (const described of [
      stackOf('UPDATE_COMPLETE', 'second'),
      { status: 'CREATE_COMPLETE', parameters: {} },
    ]) {
      const { nextStep, updates, pauses } = await run(described);
      expect([nextStep, updates, pauses]).toEqual(['none', [], []]);
    }
  });

  it('is updated after another update has ended', async () => {
    const { nextStep, updates, pauses } = await run(
      stackOf('UPDATE_IN_PROGRESS'),
      stackOf('UPDATE_COMPLETE'),
      stackOf('UPDATE_COMPLETE', 'second'),
    );
    expect([nextStep, updates.length, pauses.length]).toEqual(['none', 1, 1]);
  });

  it('gets the identifier although calls are throttled', async () => {
    const throttled = serviceError('Throttling');
    const named = stackOf('UPDATE_COMPLETE', 'second');
    const { nextStep } = await run(throttled, throttled, stackOf('CREATE_COMPLETE'), named);
    expect(nextStep).toBe('none');
  });

  it('is left to a person, with the command, where its update is rolled back', async () => {
    const { nextStep, lines } = await run(
      stackOf('CREATE_COMPLETE'),
      stackOf('UPDATE_ROLLBACK_COMPLETE'),
    );
    expect(nextStep).toBe(command);
    expect(lines.at(-1)).toContain('The update of the stack ended in UPDATE_ROLLBACK_COMPLETE');
  });

  it('is left to a person, with the command, where the calls stay denied', async () => {
    const { nextStep, pauses } = await run(serviceError('AccessDenied'));
    expect(nextStep).toBe(command);
    expect(pauses.reduce((sum, one) => sum + one, 0)).toBeLessThan(200_000);
  });

  it('is updated after the peering, whose answer has the command', async () => {
    const world = worldOf({
      [primaryArn]: [state('ACTIVE', secondaryArn)],
      [secondaryArn]: [state('ACTIVE', primaryArn)],
    });
    const { stacks } = controlOf(stackOf('CREATE_COMPLETE'), stackOf('UPDATE_FAILED'));
    const request = requestOf({ NamingStackId: stackId, NamingParameter: 'PeerClusterIdentifier' });
    const answer = await peerClusters({ ...world.deps, stacks })(request, world.signal);
    expect(answer).toEqual({ data: { NextStep: command } });
  });
});
