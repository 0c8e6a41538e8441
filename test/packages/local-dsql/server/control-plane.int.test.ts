import { DSQLClient, GetClusterCommand, UpdateClusterCommand } from '@aws-sdk/client-dsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../packages/local-dsql/src/http/http-server.ts';
import {
  createClusterRegistry,
  dsqlControlPlane,
} from '../../../../packages/local-dsql/src/index.ts';

const witnessRegion = 'us-east-2';
const registry = createClusterRegistry();
const servers = new Map<string, HttpServer>();

beforeAll(async () => {
  for (const region of ['us-east-1', 'us-west-2']) {
    const routes = [dsqlControlPlane({ region, registry })];
    servers.set(region, await startHttpServer({ port: 0, routes }));
  }
});

afterAll(() => Promise.all([...servers.values()].map((server) => server.stop())));

const controlPlane = (region: string): DSQLClient =>
  new DSQLClient({
    region,
    endpoint: servers.get(region)?.url ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });

const createPair = () => {
  const primary = registry.create({
    region: 'us-east-1',
    endpoint: 'localhost:1',
    multiRegionProperties: { witnessRegion },
  });
  const secondary = registry.create({
    region: 'us-west-2',
    endpoint: 'localhost:2',
    multiRegionProperties: { witnessRegion, clusters: [primary.arn] },
  });
  return { primary, secondary };
};

const get = (region: string, identifier: string) =>
  controlPlane(region).send(new GetClusterCommand({ identifier }));

const peer = (region: string, identifier: string, clusters: string[], witness = witnessRegion) => {
  const multiRegionProperties = { witnessRegion: witness, clusters };
  return controlPlane(region).send(new UpdateClusterCommand({ identifier, multiRegionProperties }));
};

describe('the DSQL control plane', () => {
  it('describes a cluster of one Region as active', async () => {
    const made = registry.create({
      region: 'us-east-1',
      endpoint: 'localhost:1',
      tags: { a: 'b' },
    });
    const cluster = await get('us-east-1', made.identifier);
    expect(cluster).toMatchObject({
      identifier: expect.stringMatching(/^[a-z0-9]{26}$/),
      arn: `arn:aws:dsql:us-east-1:000000000000:cluster/${made.identifier}`,
      status: 'ACTIVE',
      endpoint: 'localhost:1',
      creationTime: new Date(made.createdAt),
      tags: { a: 'b' },
      deletionProtectionEnabled: false,
    });
  });

  it('makes both clusters active once each has named the other, and may be told twice', async () => {
    const { primary, secondary } = createPair();
    expect((await get('us-east-1', primary.identifier)).status).toBe('PENDING_SETUP');
    expect((await get('us-west-2', secondary.identifier)).status).toBe('PENDING_SETUP');
    const updated = await peer('us-east-1', primary.identifier, [secondary.arn]);
    expect(updated).toMatchObject({ arn: primary.arn, status: 'ACTIVE' });
    expect((await get('us-west-2', secondary.identifier)).status).toBe('ACTIVE');
    expect((await peer('us-east-1', primary.identifier, [secondary.arn])).status).toBe('ACTIVE');
  });

  it('refuses to peer an active cluster with another one', async () => {
    const { primary, secondary } = createPair();
    const other = createPair().secondary;
    await peer('us-east-1', primary.identifier, [secondary.arn]);
    const again = peer('us-east-1', primary.identifier, [other.arn]);
    await expect(again).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it('refuses a witness on another continent, with the Region named', async () => {
    const { primary, secondary } = createPair();
    const peering = peer('us-east-1', primary.identifier, [secondary.arn], 'eu-west-1');
    await expect(peering).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('eu-west-1'),
      reason: 'fieldValidationFailed',
    });
  });

  it('refuses a witness that is a Region of the cluster', async () => {
    const { primary, secondary } = createPair();
    const peering = peer('us-east-1', primary.identifier, [secondary.arn], 'us-west-2');
    await expect(peering).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses to turn a cluster of one Region into one of two', async () => {
    const single = registry.create({ region: 'us-east-1', endpoint: 'localhost:1' });
    const peering = peer('us-east-1', single.identifier, [createPair().secondary.arn]);
    await expect(peering).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each(['short', 'A'.repeat(26)])('refuses the identifier %s', async (identifier) => {
    await expect(get('us-east-1', identifier)).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it.each([
    `arn:aws:dsql:nowhere:000000000000:cluster/${'a'.repeat(26)}`,
    `arn:aws:dsql:us-west-2:000000000000:cluster/short`,
    'us-west-2',
  ])('refuses the peer %s, which is no ARN of a cluster', async (arn) => {
    const { primary } = createPair();
    await expect(peer('us-east-1', primary.identifier, [arn])).rejects.toMatchObject({
      name: 'ValidationException',
      message: `Invalid cluster ARN: ${arn}`,
    });
  });

  it('finds a cluster in its own Region only', async () => {
    const { secondary } = createPair();
    await expect(get('us-east-1', secondary.identifier)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      resourceType: 'cluster',
    });
  });

  it('refuses a body that is not valid UTF-8', async () => {
    const { identifier } = registry.create({ region: 'us-east-1', endpoint: 'localhost:1' });
    const answer = await fetch(`${servers.get('us-east-1')?.url}/cluster/${identifier}`, {
      method: 'POST',
      body: Buffer.from('{"clientToken":"\xff"}', 'latin1'),
    });
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([
      400,
      'ValidationException',
    ]);
  });
});
