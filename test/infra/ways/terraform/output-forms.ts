import type { Json } from '../../../../packages/cli/src/local/template/json.ts';
import type { IntendedDifference } from '../compare.ts';
import type { System } from '../system.ts';

/** The outputs of the module by their names. */
export type Outputs = Readonly<Record<string, Json>>;

export type Regions = { readonly primary: string; readonly secondary: string };

/** Parts of the CDK app with an output of their own for each Region, and its name there. */
const byRegion: Readonly<Record<string, readonly string[]>> = {
  api_function_names: ['ApiFunctionName'],
  api_urls: ['ApiUrl'],
  event_bus_names: ['EventBusName'],
  cluster_arns: ['ClusterArn', 'data-ClusterArn'],
  cluster_endpoints: ['data-ClusterEndpoint'],
};

/** Outputs with one value, which the stacks of both Regions have. */
const ofBoth: Readonly<Record<string, string>> = {
  database_schema: 'DatabaseSchema',
  witness_region: 'WitnessRegion',
};

/** Commands for people, made of other outputs: the CDK app has none, and the guide has them. */
const ofTerraform = 'test_commands';

/**
 * The outputs of the module in the words of CloudFormation, such as `primary/ApiUrl`.
 *
 * @throws {Error} for an output that has no counterpart: the comparison would not see it
 */
export const outputsOf = (outputs: Outputs, regions: Regions): System['outputs'] =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, value]): readonly (readonly [string, Json])[] => {
      const [maps, one] = [byRegion[name], ofBoth[name]];
      if (name === ofTerraform) return [];
      if (maps === undefined && one === undefined) {
        throw new Error(`No form for the output ${name}: add it to test/infra/ways/terraform`);
      }
      return (['primary', 'secondary'] as const).flatMap((half) => {
        if (one !== undefined) return [[`${half}/${one}`, value] as const];
        const own = (value as Readonly<Record<string, Json>>)[regions[half]] ?? null;
        return (maps ?? []).map((key) => {
          const isOfData = key.startsWith('data-');
          const place = isOfData ? `data-${half}/${key.slice('data-'.length)}` : `${half}/${key}`;
          return [place, own] as const;
        });
      });
    }),
  );

const absent = (where: RegExp, reason: string): IntendedDifference => ({
  where,
  as: () => undefined,
  reason,
});

/** The differences of the outputs of Terraform from those of the CDK app. */
export const differencesOfOutputs: readonly IntendedDifference[] = [
  absent(/^outputs data-\w+\/AfterDestroy$/, 'it names a command of the CDK that imports'),
  absent(/^outputs data-\w+\/ClusterIdentifier$/, 'the ARN of the cluster ends in it'),
  absent(
    /^outputs data-\w+\/(?:Exports|Publish)Output/,
    'other stacks read them, and modules pass values to each other',
  ),
  absent(/^outputs data-peering\/NextStep$/, 'aws_dsql_cluster_peering waits for both clusters'),
  absent(/^outputs \w+\/PeerRegion$/, 'each output has the values of both Regions'),
  absent(/^outputs \w+\/PeerStack$/, 'there are no stacks'),
];
