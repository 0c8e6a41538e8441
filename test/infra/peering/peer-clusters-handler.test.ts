import { describe, expect, it } from 'vitest';
import { peerClusters } from '../../../infra/peering/peer-clusters-handler.ts';
import {
  primaryArn,
  requestOf,
  type Script,
  secondaryArn,
  serviceError,
  state,
  worldOf,
} from './control-plane.ts';

const peering = `${primaryArn} ${secondaryArn} us-east-2`;
const alone = state('PENDING_SETUP', primaryArn);
const waiting = state('PENDING_SETUP', primaryArn, secondaryArn);
const first = state('ACTIVE', primaryArn, secondaryArn);
const second = state('ACTIVE', secondaryArn, primaryArn);

/** Runs the handler over the clusters; `onPeer` tells what becomes of a request. */
const run = async (
  primary: Script,
  secondary: Script,
  options: Parameters<typeof worldOf>[1] & {
    readonly others?: Readonly<Record<string, Script>>;
    readonly properties?: Readonly<Record<string, unknown>>;
  } = {},
) => {
  const { others = {}, properties, ...rest } = options;
  const world = worldOf({ [primaryArn]: primary, [secondaryArn]: secondary, ...others }, rest);
  const outcome = await peerClusters(world.deps)(requestOf(properties), world.signal).then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
  return { ...world, outcome };
};

/** A world in which the peering takes effect as soon as a request gets through. */
const runUntilPeered = async (primary: Script, fail: (asked: number) => void) => {
  const scripts = { [primaryArn]: primary, [secondaryArn]: [waiting] };
  const world = worldOf(scripts, {
    onPeer: (asked) => {
      fail(asked);
      world.go(primaryArn, first);
      world.go(secondaryArn, second);
    },
  });
  await peerClusters(world.deps)(requestOf(), world.signal);
  return world;
};

describe('the peering of two clusters', () => {
  it('asks for it once and ends when both are usable', async () => {
    const { asked, pauses, outcome } = await run(
      [alone, alone, state('UPDATING', primaryArn, secondaryArn), first],
      [state('CREATING'), state('CREATING'), second, state('CREATING'), second],
    );
    expect([outcome, asked]).toEqual(['done', [peering]]);
    expect(pauses).toEqual([2_000, 2_000, 2_000]);
  });

  it.each(['CREATING', 'UPDATING'])('waits before it asks while the primary is %s', async (now) => {
    const script = [state(now), state(now), alone, first];
    const { asked, pauses } = await run(script, [second]);
    expect([asked, pauses.length]).toEqual([[peering], 2]);
  });

  it.each(['ACTIVE', 'IDLE', 'INACTIVE'])(
    'does nothing when it is done and a cluster is %s',
    async (status) => {
      const { asked, pauses } = await run(
        [state(status, secondaryArn)],
        [state(status, primaryArn)],
      );
      expect([asked, pauses]).toEqual([[], []]);
    },
  );

  it.each(['FAILED', 'DELETING', 'DELETED', 'PENDING_DELETE'])(
    'fails at once when a cluster is %s, and says what to do',
    async (status) => {
      const { asked, outcome } = await run([alone], [state(status)]);
      expect(outcome).toBe(
        `Cluster second in us-west-2 is ${status} and never becomes usable: destroy the stack of this cluster, then deploy again`,
      );
      expect(asked).toEqual([]);
    },
  );

  it.each(['PrimaryClusterArn', 'SecondaryClusterArn', 'WitnessRegion'])(
    'says that %s is missing, or is no text',
    async (name) => {
      for (const value of ['', undefined, 7]) {
        const { outcome } = await run([first], [second], { properties: { [name]: value } });
        expect(outcome).toBe(`Custom::AntipodePeering needs the property ${name}, a text`);
      }
    },
  );
});

describe('the peering survives', () => {
  const passing = [
    serviceError('AccessDeniedException', 'not authorized to perform dsql:GetCluster'),
    serviceError('ConflictException'),
    serviceError('ThrottlingException'),
    serviceError('InternalServerException'),
    serviceError('TimeoutError'),
    Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
  ];

  it.each(passing)('looks that fail ten times with $name $message', async (error) => {
    const script = [...Array(10).fill(error), alone, first];
    const { outcome, asked } = await run(script, [second]);
    expect([outcome, asked]).toEqual(['done', [peering]]);
  });

  it.each(passing)('requests that fail ten times with $name $message', async (error) => {
    const { asked } = await runUntilPeered([alone], (times) => {
      if (times <= 10) throw error;
    });
    expect(asked).toHaveLength(11);
  });

  it('a request that took effect although its answer was lost', async () => {
    const world = worldOf(
      { [primaryArn]: [alone], [secondaryArn]: [waiting] },
      {
        onPeer: () => {
          world.go(primaryArn, first);
          world.go(secondaryArn, second);
          throw serviceError('TimeoutError');
        },
      },
    );
    await peerClusters(world.deps)(requestOf(), world.signal);
    expect(world.asked).toEqual([peering]);
  });

  it('a request that got lost without a trace', async () => {
    const { asked, pauses } = await run([...Array(7).fill(alone), first], [second]);
    expect(asked).toEqual([peering, peering]);
    expect(pauses).toHaveLength(5);
  });

  it('a cluster that DSQL does not show yet', async () => {
    const absent = serviceError('ResourceNotFoundException');
    const { outcome } = await run([...Array(14).fill(absent), alone, first], [second]);
    expect(outcome).toBe('done');
  });

  it('one refusal, since it may answer a request that repeats another one', async () => {
    const { asked } = await runUntilPeered([alone], (times) => {
      if (times < 3) throw serviceError('ValidationException');
    });
    expect(asked).toHaveLength(3);
  });

  it('failures with longer and longer pauses, up to a quarter of a minute', async () => {
    const error = serviceError('ThrottlingException');
    const { pauses } = await run([...Array(6).fill(error), first], [second]);
    expect(pauses).toEqual([2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  it('with one line of the log for each change of state', async () => {
    const denied = serviceError('AccessDeniedException', 'no');
    const { lines } = await run([denied, denied, alone, alone, first], [second]);
    expect(lines).toEqual([
      'Clusters: nothing; the last call failed: AccessDeniedException no',
      'Clusters: first in us-east-1 is PENDING_SETUP and names no peer, second in us-west-2 is ACTIVE and names first in us-east-1',
    ]);
  });
});

describe('the peering ends with the next step', () => {
  it('when its time is up', async () => {
    const denied = serviceError('AccessDeniedException', 'no');
    const { outcome } = await run([alone, denied], [waiting]);
    expect(outcome).toBe(
      'Not finished in time. Deploy again: the deployment goes on where this one ended. If it fails like this again, look at both clusters in the console of DSQL. ' +
        'Seen last: first in us-east-1 is PENDING_SETUP and names no peer, second in us-west-2 is PENDING_SETUP and names first in us-east-1; ' +
        'the last call failed: AccessDeniedException no',
    );
  });

  it('when its time is up during a call that never answers', async () => {
    const world = worldOf({ [secondaryArn]: [waiting] });
    const controller = new AbortController();
    const clusters = {
      ...world.deps.clusters,
      describe: () => {
        queueMicrotask(() => controller.abort(new Error('late')));
        return new Promise<never>(() => {});
      },
    };
    const ended = peerClusters({ ...world.deps, clusters })(requestOf(), controller.signal);
    await expect(ended).rejects.toThrow('Not finished in time. Deploy again');
  });

  it('when a request stays invalid', async () => {
    const { asked, outcome } = await run([alone], [waiting], {
      onPeer: () => {
        throw serviceError('ValidationException', 'Region sets do not match');
      },
    });
    expect(outcome).toMatch(/^ValidationException Region sets do not match: Deploy again/);
    expect(asked).toHaveLength(3);
  });

  it('when a cluster does not exist', async () => {
    const { outcome, pauses } = await run([], [waiting]);
    expect(outcome).toMatch(
      /^ResourceNotFoundException said the service: destroy the stack of this cluster, then deploy again/,
    );
    expect(pauses).toHaveLength(14);
  });

  it('for another witness, before anything changes', async () => {
    const { asked, outcome } = await run([alone], [waiting], {
      properties: { WitnessRegion: 'eu-west-1' },
    });
    expect(outcome).toBe(
      'Cluster first in us-east-1 has the witness us-east-2, which cannot become eu-west-1: set WITNESS_REGION=us-east-2, or another CLUSTER_NAME_PREFIX for a new, empty database',
    );
    expect(asked).toEqual([]);
  });
});

describe('a cluster that an earlier deployment left over', () => {
  const orphanArn = 'arn:aws:dsql:us-west-2:123456789012:cluster/orphan';
  const namesOrphan = state('PENDING_SETUP', primaryArn, orphanArn);

  it.each([
    ['does not exist any more', []],
    ['is being deleted', [state('PENDING_DELETE', orphanArn, primaryArn)]],
  ])('is replaced where it %s', async (_, orphan) => {
    const script = [namesOrphan, first];
    const { asked, lines, outcome } = await run(script, [second], {
      others: { [orphanArn]: orphan },
    });
    expect([outcome, asked]).toEqual(['done', [peering]]);
    expect(lines.filter((line) => line.includes('left over'))).toEqual([]);
  });

  it('is replaced where it was never peered, with the command that deletes it', async () => {
    const orphan = state('PENDING_SETUP', orphanArn, primaryArn);
    const { asked, lines, outcome } = await run([namesOrphan, first], [second], {
      others: { [orphanArn]: [orphan] },
    });
    expect([outcome, asked]).toEqual(['done', [peering]]);
    expect(lines[0]).toBe(
      `A cluster is left over from a deployment that failed: ${orphanArn}, aws dsql delete-cluster --region us-west-2 --identifier orphan`,
    );
  });

  it('is not given up where it is a real peer, which may hold data', async () => {
    const peered = state('ACTIVE', primaryArn, orphanArn);
    const { asked, outcome } = await run([peered], [waiting], {
      others: { [orphanArn]: [state('IDLE', orphanArn, primaryArn)] },
    });
    expect(outcome).toBe(
      'Cluster first in us-east-1 is peered with orphan in us-west-2, which may hold data, and not with second in us-west-2: delete the stack of the latter, then import orphan into it by IMPORT_CLUSTERS=on npx cdk import',
    );
    expect(asked).toEqual([]);
  });

  it('is looked at again where the look fails', async () => {
    const throttled = serviceError('ThrottlingException');
    const { asked, outcome } = await run([namesOrphan, namesOrphan, first], [second], {
      others: { [orphanArn]: [throttled, state('FAILED', orphanArn)] },
    });
    expect([outcome, asked]).toEqual(['done', [peering]]);
  });

  it('is refused as the peer of the secondary', async () => {
    const { asked, outcome } = await run(
      [alone],
      [state('PENDING_SETUP', secondaryArn, orphanArn)],
    );
    expect(outcome).toBe(
      'Cluster second in us-west-2 names orphan in us-west-2 as its peer, not first in us-east-1: destroy the stack of second in us-west-2, then deploy again',
    );
    expect(asked).toEqual([]);
  });
});
