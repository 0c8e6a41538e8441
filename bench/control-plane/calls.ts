import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeleteClusterPolicyCommand,
  type DSQLClient,
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

/** The clients of one control plane, by Region. */
export type Clients = { readonly primary: DSQLClient; readonly secondary: DSQLClient };

/** The parts of an answer that two control planes can share, or the error. */
export type Seen = Readonly<Record<string, unknown>> | string;

export type Call = { readonly name: string; readonly seen: Seen };

/** The Regions of AWS's guide to multi-Region clusters; moto does not have DSQL in the witness. */
const witnessRegion = 'us-west-2';
const policy = '{"Version":"2012-10-17","Statement":[]}';
const key = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const unknown = 'abcdefghijklmnopqrstuvwxyz';

/** Members whose values differ from run to run: their kind is compared alone. */
const kindOf = (value: unknown): unknown =>
  value instanceof Date ? 'a time' : Array.isArray(value) ? 'a list' : typeof value;

const compared: ReadonlySet<string> = new Set([
  'status',
  'deletionProtectionEnabled',
  'tags',
  'encryptionDetails',
  'policy',
  'resourceType',
]);

const shapeOf = (answer: object): Seen =>
  Object.fromEntries(
    Object.entries(answer)
      .filter(([name, value]) => name !== '$metadata' && value !== undefined)
      .map(([name, value]) => [name, compared.has(name) ? value : kindOf(value)])
      .sort(),
  );

/** Runs the same calls against any control plane. */
export const runCalls = async ({ primary, secondary }: Clients): Promise<readonly Call[]> => {
  const calls: Call[] = [];
  /** One call, with what it shows. An error is a result as well. */
  const call = async <T extends object>(
    name: string,
    send: () => Promise<T>,
    show: (answer: T) => Seen = shapeOf,
  ): Promise<T | undefined> => {
    try {
      const answer = await send();
      calls.push({ name, seen: show(answer) });
      return answer;
    } catch (error) {
      calls.push({ name, seen: (error as Error).name });
      return undefined;
    }
  };
  const status = (name: string, client: DSQLClient, identifier: string) =>
    call(
      `${name}: status`,
      () => client.send(new GetClusterCommand({ identifier })),
      (cluster) => ({ status: cluster.status }),
    );
  await singleRegion(primary, call, status);
  await tagsAndPolicies(primary, call);
  await twoRegions({ primary, secondary }, call, status);
  await refusals(primary, call);
  return calls;
};

type CallOf = <T extends object>(
  name: string,
  send: () => Promise<T>,
  show?: (answer: T) => Seen,
) => Promise<T | undefined>;
type StatusOf = (name: string, client: DSQLClient, identifier: string) => Promise<unknown>;

const singleRegion = async (client: DSQLClient, call: CallOf, status: StatusOf): Promise<void> => {
  const create = () => client.send(new CreateClusterCommand({ tags: { Name: 'one' } }));
  const { identifier = '' } = (await call('create a cluster', create)) ?? {};
  await status('a new cluster', client, identifier);
  await call('get a cluster', () => client.send(new GetClusterCommand({ identifier })));
  const remove = () => client.send(new DeleteClusterCommand({ identifier }));
  await call('delete a protected cluster', remove);
  await call('switch protection off', () =>
    client.send(new UpdateClusterCommand({ identifier, deletionProtectionEnabled: false })),
  );
  await status('a cluster whose protection was switched off', client, identifier);
  await call('change the key', () =>
    client.send(new UpdateClusterCommand({ identifier, kmsEncryptionKey: key })),
  );
  await call('get a cluster with a key', () => client.send(new GetClusterCommand({ identifier })));
  await call('the name of the VPC endpoint service', () =>
    client.send(new GetVpcEndpointServiceNameCommand({ identifier })),
  );
  await call('delete a cluster', remove);
  await client.send(new GetClusterCommand({ identifier })).catch(() => undefined);
  await status('a deleted cluster', client, identifier);
  const twice = (tags: Record<string, string>) =>
    client.send(new CreateClusterCommand({ clientToken: 'once', tags }));
  const first = await call('create with a token', () => twice({}));
  await call(
    'create with the same token',
    () => twice({}),
    (again) => ({ same: again.identifier === first?.identifier }),
  );
  await call('create another cluster with the same token', () => twice({ other: 'yes' }));
};

const tagsAndPolicies = async (client: DSQLClient, call: CallOf): Promise<void> => {
  const made = await client.send(new CreateClusterCommand({ tags: { a: '1' } }));
  const { identifier = '', arn: resourceArn = '' } = made;
  const tags = () => client.send(new ListTagsForResourceCommand({ resourceArn }));
  await call('tag', () => client.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } })));
  await call('the tags of a cluster', tags);
  await call('untag', () => client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] })));
  await call('the tags that are left', tags);
  const read = () => client.send(new GetClusterPolicyCommand({ identifier }));
  await call('a policy that does not exist', read);
  await call('put a policy', () =>
    client.send(new PutClusterPolicyCommand({ identifier, policy })),
  );
  await call('put a policy over another version', () =>
    client.send(new PutClusterPolicyCommand({ identifier, policy, expectedPolicyVersion: '77' })),
  );
  await call('get a policy', read);
  await call('delete a policy', () => client.send(new DeleteClusterPolicyCommand({ identifier })));
  await call('list in pages', () => client.send(new ListClustersCommand({ maxResults: 1 })));
};

const twoRegions = async (
  { primary, secondary }: Clients,
  call: CallOf,
  status: StatusOf,
): Promise<void> => {
  const half = (client: DSQLClient, clusters?: string[]) => () =>
    client.send(
      new CreateClusterCommand({
        deletionProtectionEnabled: false,
        multiRegionProperties: { witnessRegion, ...(clusters && { clusters }) },
      }),
    );
  const one = await call('create a first half', half(primary));
  const { identifier: first = '', arn = '' } = one ?? {};
  await status('a first half', primary, first);
  const two = await call('create a second half', half(secondary, [arn]));
  const { identifier: second = '', arn: peer = '' } = two ?? {};
  await status('a second half', secondary, second);
  const peering = (clusters: string[]) => () =>
    primary.send(
      new UpdateClusterCommand({
        identifier: first,
        multiRegionProperties: { witnessRegion, clusters },
      }),
    );
  const peers = () => primary.send(new GetClusterCommand({ identifier: first }));
  await call('peer', peering([peer]));
  await call('the peers of the first half', peers, (cluster) => ({
    witness: cluster.multiRegionProperties?.witnessRegion,
    peers: cluster.multiRegionProperties?.clusters?.map((one) => (one === arn ? 'itself' : 'peer')),
  }));
  await status('the first half of a pair', primary, first);
  await status('the second half of a pair', secondary, second);
  await call('delete the first half', () =>
    primary.send(new DeleteClusterCommand({ identifier: first })),
  );
  await status('a first half that was deleted', primary, first);
  await call('delete the second half', () =>
    secondary.send(new DeleteClusterCommand({ identifier: second })),
  );
  for (const client of [primary, secondary]) {
    const identifier = client === primary ? first : second;
    await client.send(new GetClusterCommand({ identifier })).catch(() => undefined);
    await status(
      `a ${client === primary ? 'first' : 'second'} half at the end`,
      client,
      identifier,
    );
  }
};

const refusals = async (client: DSQLClient, call: CallOf): Promise<void> => {
  const half = (witness: string, clusters?: string[]) => () =>
    client.send(
      new CreateClusterCommand({
        multiRegionProperties: { witnessRegion: witness, ...(clusters && { clusters }) },
      }),
    );
  await call('get a cluster that does not exist', () =>
    client.send(new GetClusterCommand({ identifier: unknown })),
  );
  await call('delete a cluster that does not exist', () =>
    client.send(new DeleteClusterCommand({ identifier: unknown })),
  );
  await call('get a text that is no identifier', () =>
    client.send(new GetClusterCommand({ identifier: 'short' })),
  );
  await call('a witness in the own Region', half('us-east-1'));
  await call('a witness on another continent', half('eu-west-1'));
  await call('a peer that is no ARN', half(witnessRegion, ['peer']));
};
