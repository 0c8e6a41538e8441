import {
  type ClusterRegistryOptions,
  type ControlPlaneApi,
  type ControlPlaneFailurePlan,
  createClusterRegistry,
  createControlPlaneApi,
  createControlPlaneFailures,
} from '../../../../packages/local-dsql/src/index.ts';

export const primaryRegion = 'us-east-1';
export const secondaryRegion = 'us-west-2';
export const witnessRegion = 'us-east-2';

/** Changes take so long, in milliseconds. */
export const delays = { createMs: 60_000, updateMs: 10_000, deleteMs: 30_000 };

type Options = Omit<ClusterRegistryOptions, 'now'> & {
  readonly plan?: Partial<ControlPlaneFailurePlan>;
};

/** A control plane on a clock that the test moves, with the calls that the tests make. */
export const controlPlaneWorld = ({ plan, ...options }: Options = {}) => {
  let time = 0;
  const slept: number[] = [];
  const registry = createClusterRegistry({ delays, ...options, now: () => time });
  const failures = createControlPlaneFailures(plan);
  const api: ControlPlaneApi = createControlPlaneApi({
    registry,
    failures,
    sleep: async (ms) => {
      slept.push(ms);
      time += ms;
    },
  });
  const statusOf = async (region: string, identifier: string): Promise<unknown> =>
    (await api.send(region, 'GetCluster', { identifier }))['status'];
  const create = async (region: string, input: Readonly<Record<string, unknown>> = {}) => {
    const made = await api.send(region, 'CreateCluster', {
      deletionProtectionEnabled: false,
      ...input,
    });
    return { ...made, identifier: String(made['identifier']), arn: String(made['arn']) };
  };
  const createHalves = async () => {
    const primary = await create(primaryRegion, { multiRegionProperties: { witnessRegion } });
    const secondary = await create(secondaryRegion, {
      multiRegionProperties: { witnessRegion, clusters: [primary.arn] },
    });
    const peer = (clusters: readonly string[] = [secondary.arn], witness = witnessRegion) =>
      api.send(primaryRegion, 'UpdateCluster', {
        identifier: primary.identifier,
        multiRegionProperties: { witnessRegion: witness, clusters },
      });
    const remove = (region: string) =>
      api.send(region, 'DeleteCluster', {
        identifier: region === primaryRegion ? primary.identifier : secondary.identifier,
      });
    const look = async (half: 'primary' | 'secondary'): Promise<unknown> => {
      const [region, { identifier }] =
        half === 'primary' ? [primaryRegion, primary] : [secondaryRegion, secondary];
      return statusOf(region, identifier).catch((error: Error) => error.name);
    };
    const statuses = async () => [await look('primary'), await look('secondary')];
    return { primary, secondary, peer, remove, statuses };
  };
  /** Two halves that are one database. */
  const createPair = async () => {
    const halves = await createHalves();
    await halves.peer();
    time += delays.updateMs + delays.createMs;
    return halves;
  };
  return {
    api,
    registry,
    failures,
    slept,
    create,
    createHalves,
    createPair,
    statusOf,
    pass: (ms: number) => {
      time += ms;
    },
  };
};
