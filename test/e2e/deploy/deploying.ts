import { expect } from 'vitest';
import type { LivePlace, RegionName } from './live-place.ts';
import type { Ended } from './tools.ts';
import { keepWriting, type Writes } from './writer.ts';

/** The output of a command that has to succeed. */
export const succeed = ({ code, output }: Ended): string => {
  expect(code, output).toBe(0);
  return output;
};

/** The output of a command that has to fail. */
export const fail = ({ code, output }: Ended): string => {
  expect(code, output).not.toBe(0);
  return output;
};

/** The five stacks of a service, in the order of their deployment. */
export const stacksOf = (service: string): readonly string[] =>
  ['data-primary', 'data-secondary', 'data-peering', 'primary', 'secondary'].map(
    (part) => `antipode-${service}-${part}`,
  );

/** The peering updates the primary data stack, so that it names both clusters. */
export const expectDeployed = async (place: LivePlace, service: string): Promise<void> => {
  const statuses = await place.statuses();
  expect(statuses.map((line) => line.replace(/ (?:CREATE|UPDATE)_COMPLETE$/, ''))).toEqual(
    stacksOf(service).toSorted(),
  );
};

/** Nothing of the service is left but its clusters. */
export const expectDestroyed = async (place: LivePlace, clusters: number): Promise<void> => {
  expect(await place.statuses()).toEqual([]);
  expect(await place.clusters()).toHaveLength(clusters);
  for (const { functions } of place.stack.regions) expect([...functions.keys()]).toEqual([]);
};

/** Runs a command while a client writes in each Region, and returns what the clients have seen. */
export const underWrites = async (
  write: (region: RegionName) => Promise<unknown>,
  command: () => Promise<Ended>,
): Promise<{ readonly ended: Ended; readonly writes: readonly Writes[] }> => {
  const regions: readonly RegionName[] = ['us-east-1', 'us-west-2'];
  const writers = regions.map((region) => keepWriting(() => write(region)));
  const ended = await command();
  const writes = await Promise.all(writers.map((writer) => writer.stop()));
  return { ended, writes };
};

/** No client has seen an error. */
export const expectUndisturbed = (writes: readonly Writes[]): void => {
  for (const { written, failures } of writes) {
    expect(failures).toEqual([]);
    expect(written).toBeGreaterThan(0);
  }
};

/** Fails the creation of the peering from now on; the returned function ends that. */
export const failPeering = ({ stack }: LivePlace, reason: string): (() => void) => {
  stack.deployments.failures.set(({ type, action, isRollback }) =>
    type === 'Custom::AntipodePeering' && action === 'Create' && !isRollback ? reason : undefined,
  );
  return () => stack.deployments.failures.set(undefined);
};

/** The last event of a resource of a type in a stack. */
export const lastStatus = async (
  place: LivePlace,
  region: RegionName,
  { stack, type }: { readonly stack: string; readonly type: string },
): Promise<string | undefined> => {
  const events = await place.events(region, stack);
  return events.find(({ ResourceType }) => ResourceType === type)?.ResourceStatus;
};

/** The logical id of the cluster in each data stack. */
const clusterLogicalId = 'ClusterEB0386A7';

/** Imports the clusters that a destroyed service has kept, as docs/deployment.md says. */
export const importClusters = async (
  place: LivePlace,
  service: string,
  cdk: (settings: Readonly<Record<string, string>>, ...args: readonly string[]) => Promise<Ended>,
): Promise<void> => {
  const [primary, secondary] = stacksOf(service);
  const settings = { IMPORT_CLUSTERS: 'on' };
  for (const [region, stack = ''] of [
    ['us-east-1', primary],
    ['us-west-2', secondary],
  ] as const) {
    const [Identifier] = await place.clusters(region);
    // Without a terminal, nobody can be asked for the identifier.
    const mapping = JSON.stringify({ [clusterLogicalId]: { Identifier } });
    succeed(await cdk(settings, 'import', stack, '--resource-mapping-inline', mapping));
  }
  expect(await place.statuses()).toEqual([
    `${primary} IMPORT_COMPLETE`,
    `${secondary} IMPORT_COMPLETE`,
  ]);
};
