import { describe, expect, it } from 'vitest';
import { controlPlaneWorld, delays, primaryRegion, witnessRegion } from './support.ts';

describe('the client token of a request', () => {
  it('creates one cluster for a request that comes twice', async () => {
    const { create, registry } = controlPlaneWorld();
    const first = await create(primaryRegion, { clientToken: 'one' });
    expect(await create(primaryRegion, { clientToken: 'one' })).toEqual(first);
    expect(registry.list(primaryRegion)).toHaveLength(1);
  });

  it('is refused with another request', async () => {
    const { create } = controlPlaneWorld();
    await create(primaryRegion, { clientToken: 'one' });
    const other = create(primaryRegion, { clientToken: 'one', tags: { a: 'b' } });
    await expect(other).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it('answers a repeated deletion after the cluster has gone', async () => {
    const { create, api, pass } = controlPlaneWorld();
    const { identifier } = await create(primaryRegion);
    pass(delays.createMs);
    const deletion = { identifier, clientToken: 'end' };
    const answer = await api.send(primaryRegion, 'DeleteCluster', deletion);
    pass(delays.deleteMs);
    expect(await api.send(primaryRegion, 'DeleteCluster', deletion)).toEqual(answer);
  });

  it('is free again after a refusal', async () => {
    const { create } = controlPlaneWorld({ quotas: { singleRegion: 0 } });
    const twice = ['one', 'one'].map((clientToken) => create(primaryRegion, { clientToken }));
    const outcomes = await Promise.allSettled(twice);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('the control API', () => {
  it('protects a cluster unless told otherwise', async () => {
    const { api } = controlPlaneWorld();
    const { deletionProtectionEnabled } = await api.send(primaryRegion, 'CreateCluster', {});
    expect(deletionProtectionEnabled).toBe(true);
  });

  it('has a quota for clusters of one Region, and another for halves', async () => {
    const { create } = controlPlaneWorld({ quotas: { singleRegion: 1, multiRegion: 1 } });
    const half = { multiRegionProperties: { witnessRegion } };
    await create(primaryRegion);
    await create(primaryRegion, half);
    for (const input of [{}, half]) {
      await expect(create(primaryRegion, input)).rejects.toMatchObject({
        name: 'ServiceQuotaExceededException',
        message: 'You have reached the cluster limit.',
      });
    }
  });

  it('lists the clusters of a Region in pages', async () => {
    const { create, api } = controlPlaneWorld();
    const made = [];
    for (let count = 0; count < 3; count += 1) made.push((await create(primaryRegion)).arn);
    const listed: unknown[] = [];
    let nextToken: unknown;
    do {
      const page = await api.send(primaryRegion, 'ListClusters', {
        maxResults: 2,
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      listed.push(...(page['clusters'] as { arn: string }[]).map(({ arn }) => arn));
      nextToken = page['nextToken'];
    } while (nextToken !== undefined);
    expect(listed).toEqual(made);
    expect(await api.send('us-west-2', 'ListClusters', {})).toEqual({ clusters: [] });
  });

  it('numbers the versions of a policy, and refuses a change of another version', async () => {
    const { create, api } = controlPlaneWorld();
    const { identifier } = await create(primaryRegion);
    const policy = '{"Version":"2012-10-17","Statement":[]}';
    const send = (operation: Parameters<typeof api.send>[1], input = {}) =>
      api.send(primaryRegion, operation, { identifier, ...input });
    await expect(send('GetClusterPolicy')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      details: { resourceType: 'clusterPolicy' },
    });
    expect(await send('PutClusterPolicy', { policy })).toEqual({ policyVersion: '1' });
    expect(await send('PutClusterPolicy', { policy })).toEqual({ policyVersion: '2' });
    const stale = { policy, expectedPolicyVersion: '1' };
    await expect(send('PutClusterPolicy', stale)).rejects.toMatchObject({
      name: 'ConflictException',
    });
    expect(await send('GetClusterPolicy')).toEqual({ policy, policyVersion: '2' });
    expect(await send('DeleteClusterPolicy')).toEqual({ policyVersion: '2' });
    await expect(send('GetClusterPolicy')).rejects.toThrow('has no policy');
  });

  it.each([
    ['CreateCluster', { deletionProtectionEnabled: 'no' }, 'deletionProtectionEnabled must be'],
    ['CreateCluster', { kmsEncryptionKey: '' }, 'kmsEncryptionKey must have'],
    ['CreateCluster', { clientToken: 'a b' }, 'clientToken must have'],
    ['CreateCluster', { tags: { 'aws:name': 'x' } }, 'reserved for AWS'],
    ['CreateCluster', { policy: 'not JSON' }, 'policy must be a JSON document'],
    ['CreateCluster', { multiRegionProperties: { clusters: [] } }, 'needs a witness Region'],
    ['ListClusters', { maxResults: 101 }, 'maxResults must be'],
    ['ListClusters', { nextToken: 'unknown' }, 'nextToken is not'],
    ['GetCluster', { identifier: 'short' }, 'Invalid cluster identifier'],
    ['ListTagsForResource', { resourceArn: 'arn' }, 'Invalid cluster ARN'],
  ] as const)('refuses %s with %j', async (operation, input, message) => {
    const { api } = controlPlaneWorld();
    await expect(api.send(primaryRegion, operation, input)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });
});

describe('an injected failure of the control API', () => {
  it.each([
    ['denied', 'AccessDeniedException', undefined],
    ['throttled', 'ThrottlingException', 1],
    ['failed', 'InternalServerException', 1],
    ['conflicting', 'ConflictException', undefined],
    ['lostRequest', 'AnswerLost', undefined],
  ] as const)('that is %s has no effect', async (kind, name, retryAfterSeconds) => {
    const { create, registry } = controlPlaneWorld({ plan: { [kind]: 1 } });
    await expect(create(primaryRegion)).rejects.toMatchObject({
      name,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
    expect(registry.list()).toEqual([]);
  });

  it('that loses an answer has the effect', async () => {
    const { create, registry } = controlPlaneWorld({ plan: { lostAnswer: 1 } });
    await expect(create(primaryRegion)).rejects.toMatchObject({ name: 'AnswerLost' });
    expect(registry.list()).toHaveLength(1);
  });

  it('that is slow waits before the answer', async () => {
    const { create, slept } = controlPlaneWorld({ plan: { slow: 1, slowMs: 7_000 } });
    await create(primaryRegion);
    expect(slept).toEqual([7_000]);
  });

  it('meets the operations that its plan names, and ends when it is cleared', async () => {
    const { create, statusOf, failures } = controlPlaneWorld({
      plan: { denied: 1, operations: ['GetCluster'] },
    });
    const { identifier } = await create(primaryRegion);
    await expect(statusOf(primaryRegion, identifier)).rejects.toThrow('Access denied');
    failures.clear();
    expect(await statusOf(primaryRegion, identifier)).toBe('CREATING');
  });

  it('depends on the seed and on the sequence of requests', async () => {
    const outcomes = async (seed: number) => {
      const { create } = controlPlaneWorld({ plan: { seed, throttled: 0.5 } });
      const tries: string[] = [];
      for (let count = 0; count < 12; count += 1) {
        tries.push(
          await create(primaryRegion).then(
            () => 'made',
            (error: Error) => error.name,
          ),
        );
      }
      return tries;
    };
    expect(await outcomes(1)).toEqual(await outcomes(1));
    expect(await outcomes(1)).not.toEqual(await outcomes(2));
  });
});
