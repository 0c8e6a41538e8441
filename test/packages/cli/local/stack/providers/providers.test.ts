import { createClusterRegistry, type DsqlEndpoint } from 'antipode-local-dsql';
import { describe, expect, it } from 'vitest';
import type { CustomResources } from '../../../../../../packages/cli/src/local/stack/custom-resources.ts';
import { clusterProvider } from '../../../../../../packages/cli/src/local/stack/providers/cluster-provider.ts';
import { CustomResourceFailed } from '../../../../../../packages/cli/src/local/stack/providers/custom-resource-answer.ts';
import { customResourceProvider } from '../../../../../../packages/cli/src/local/stack/providers/custom-resource-provider.ts';
import type { JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import type { Resource } from '../../../../../../packages/cli/src/local/template/model.ts';

const context = {
  stackId: 'arn:stack',
  resources: () => [],
  assets: async () => undefined,
  signal: new AbortController().signal,
};

const resource = (type: string, properties: JsonObject, ref = 'a'.repeat(26)): Resource => ({
  ...{ stack: 'data', region: 'us-east-1', logicalId: 'One', attributes: {} },
  ...{ type, properties, ref },
});

describe('the provider of clusters', () => {
  const created = () => {
    const clusters = createClusterRegistry();
    const closed: string[] = [];
    const provider = clusterProvider({
      clusters,
      openEndpoint: async () => ({ host: 'localhost', port: 5432 }) as DsqlEndpoint,
      closeEndpoint: async (clusterId) => void closed.push(clusterId),
      keptCluster: () => undefined,
    });
    return { clusters, closed, provider };
  };
  const cluster = (isProtected: boolean, ref?: string) =>
    resource('AWS::DSQL::Cluster', { DeletionProtectionEnabled: isProtected }, ref);

  it('tells the address of the endpoint that it opens', async () => {
    const { clusters, provider } = created();
    const made = await provider.create(cluster(false), context);
    expect(made).toEqual({ attributes: { Endpoint: 'localhost:5432' } });
    expect(clusters.list('us-east-1')).toMatchObject([{ deletionProtectionEnabled: false }]);
  });

  it('gives a cluster its tags, and others by an update', async () => {
    const { clusters, provider } = created();
    const tagged = (Value: string) =>
      resource('AWS::DSQL::Cluster', { Tags: [{ Key: 'Name', Value }] }, 'a'.repeat(26));
    await provider.create(tagged('first'), context);
    expect(clusters.list('us-east-1')).toMatchObject([{ tags: { Name: 'first' } }]);
    await provider.update(tagged('second'), tagged('first'), context);
    expect(clusters.list('us-east-1')).toMatchObject([{ tags: { Name: 'second' } }]);
  });

  it('makes one cluster in a Region, and another when that is deleted', async () => {
    const { provider, closed } = created();
    await provider.create(cluster(false), context);
    const second = cluster(false, 'b'.repeat(26));
    await expect(provider.create(second, context)).rejects.toThrow(
      `us-east-1 has the DSQL cluster ${'a'.repeat(26)}; one in each Region runs here, so destroy the service that has it`,
    );
    await provider.remove(cluster(false), context);
    expect(closed).toEqual(['a'.repeat(26)]);
    await provider.create(second, context);
  });

  it('deletes no cluster that is protected, until an update takes the protection away', async () => {
    const { clusters, provider } = created();
    await provider.create(cluster(true), context);
    await expect(provider.remove(cluster(true), context)).rejects.toThrow();
    await provider.update(cluster(false), cluster(true), context);
    await provider.remove(cluster(false), context);
    expect(clusters.list()).toEqual([]);
  });
});

describe('the provider of custom resources', () => {
  const withRun = (run: CustomResources['run']) =>
    customResourceProvider({ run, route: () => undefined }, () => {});
  const thing = resource('Custom::Thing', { Size: 1 }, 'thing');

  it('passes on what the function answers, hidden where it asks for that', async () => {
    const provider = withRun(async () => ({ ref: 'id', data: { Key: 'hush' }, noEcho: true }));
    expect(await provider.create(thing, context)).toEqual({
      ...{ ref: 'id', attributes: { Key: 'hush' }, noEcho: true },
    });
  });

  it('keeps the id of a creation that failed, for the deletion after it', async () => {
    const provider = withRun(async () => {
      throw new CustomResourceFailed('no', { physicalId: 'half' });
    });
    await expect(provider.create(thing, context)).rejects.toMatchObject({ physicalId: 'half' });
    expect(provider.leavesOnFailure).toBe(true);
  });

  it('asks for a deletion by the id that the resource has', async () => {
    const seen: unknown[] = [];
    const provider = withRun(async (_, previous, options) => {
      seen.push(previous, options);
      return { ref: 'thing', data: {}, noEcho: false };
    });
    await provider.remove(thing, context);
    expect(seen).toEqual([
      { physicalResourceId: 'thing', properties: { Size: 1 } },
      { stackId: 'arn:stack', isDeletion: true },
    ]);
  });
});
