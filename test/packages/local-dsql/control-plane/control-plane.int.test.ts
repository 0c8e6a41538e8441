import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeleteClusterPolicyCommand,
  DSQLClient,
  GetClusterCommand,
  GetClusterPolicyCommand,
  GetVpcEndpointServiceNameCommand,
  ListClustersCommand,
  ListTagsForResourceCommand,
  PutClusterPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateClusterCommand,
} from '@aws-sdk/client-dsql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../packages/local-dsql/src/http/http-server.ts';
import {
  createClusterRegistry,
  createControlPlaneApi,
  createControlPlaneFailures,
  dsqlControlPlane,
} from '../../../../packages/local-dsql/src/index.ts';

const witnessRegion = 'us-east-2';
const registry = createClusterRegistry({ quotas: { singleRegion: 100, multiRegion: 100 } });
const failures = createControlPlaneFailures();
const api = createControlPlaneApi({ registry, failures });
const servers = new Map<string, HttpServer>();

beforeAll(async () => {
  for (const region of ['us-east-1', 'us-west-2']) {
    const routes = [dsqlControlPlane({ region, registry, api })];
    servers.set(region, await startHttpServer({ port: 0, routes }));
  }
});

afterEach(() => failures.clear());
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
    expect(updated).toMatchObject({ arn: primary.arn, status: 'UPDATING' });
    expect((await get('us-west-2', secondary.identifier)).status).toBe('ACTIVE');
    await peer('us-east-1', primary.identifier, [secondary.arn]);
    expect((await get('us-east-1', primary.identifier)).status).toBe('ACTIVE');
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

  it('answers every operation of the SDK', async () => {
    const client = controlPlane('us-west-2');
    const made = await client.send(
      new CreateClusterCommand({ deletionProtectionEnabled: false, tags: { Name: 'books' } }),
    );
    const { identifier = '', arn: resourceArn = '' } = made;
    expect(made).toMatchObject({
      status: 'CREATING',
      endpoint: `${identifier}.dsql.us-west-2.on.aws`,
      encryptionDetails: { encryptionStatus: 'ENABLED', encryptionType: 'AWS_OWNED_KMS_KEY' },
    });
    const endpoint = await client.send(new GetVpcEndpointServiceNameCommand({ identifier }));
    expect(endpoint.serviceName).toMatch(/^com\.amazonaws\.us-west-2\.dsql-[0-9a-f]{4}$/);
    await client.send(new TagResourceCommand({ resourceArn, tags: { stage: 'test' } }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['Name'] }));
    const tagged = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tagged.tags).toEqual({ stage: 'test' });
    const policy = '{"Statement":[]}';
    await client.send(new PutClusterPolicyCommand({ identifier, policy }));
    const kept = await client.send(new GetClusterPolicyCommand({ identifier }));
    expect([kept.policy, kept.policyVersion]).toEqual([policy, '1']);
    await client.send(new DeleteClusterPolicyCommand({ identifier }));
    const listed = await client.send(new ListClustersCommand({ maxResults: 1 }));
    expect(listed).toMatchObject({ clusters: [expect.anything()], nextToken: expect.anything() });
    const deleted = await client.send(new DeleteClusterCommand({ identifier }));
    expect(deleted).toMatchObject({ identifier, status: 'DELETING' });
    await expect(get('us-west-2', identifier)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('answers for the Region that a client has signed for, on any port', async () => {
    const { secondary } = createPair();
    const client = new DSQLClient({
      region: 'us-west-2',
      endpoint: servers.get('us-east-1')?.url ?? '',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const { identifier } = secondary;
    const found = await client.send(new GetClusterCommand({ identifier }));
    expect(found.arn).toBe(secondary.arn);
  });

  it('says to a client that it throttles how long to wait', async () => {
    failures.set({ throttled: 1 });
    const refused = get('us-east-1', createPair().primary.identifier);
    await expect(refused).rejects.toMatchObject({
      name: 'ThrottlingException',
      retryAfterSeconds: 1,
    });
  });

  it('creates one cluster where the SDK sends a request again whose answer was lost', async () => {
    const client = new DSQLClient({
      region: 'us-east-1',
      endpoint: servers.get('us-east-1')?.url ?? '',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 3,
    });
    const before = registry.list('us-east-1').length;
    // With this seed, the first answer is lost and the second is not.
    failures.set({ seed: 1, lostAnswer: 0.5 });
    const { identifier, $metadata } = await client.send(new CreateClusterCommand({}));
    expect($metadata.attempts).toBe(2);
    expect(registry.list('us-east-1').map((cluster) => cluster.identifier)).toContain(identifier);
    expect(registry.list('us-east-1')).toHaveLength(before + 1);
  });
});
