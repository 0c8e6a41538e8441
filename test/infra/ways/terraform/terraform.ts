import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ParameterizedTemplate } from '../../../../infra/cloudformation/parameterized.ts';
import {
  type SettingParameter,
  settingParameters,
} from '../../../../infra/cloudformation/parameters.ts';
import { writeDescription } from '../../../../infra/terraform/build.ts';
import { variableOf } from '../../../../infra/terraform/description/template-text.ts';
import type { Json, JsonObject } from '../../../../packages/cli/src/local/template/json.ts';
import type { DeclaredService } from '../../../../src/domain/kernel/index.ts';
import type { IntendedDifference } from '../compare.ts';
import { accountId, computed, roleMark } from '../hcl/computed.ts';
import { evaluateModule, type ModuleBlocks, type Planned, readModule } from '../hcl/module.ts';
import type { System, SystemResource } from '../system.ts';
import { computeForms, queueForms } from './compute-forms.ts';
import { eventForms } from './event-forms.ts';
import type { Form } from './form.ts';
import { roleOf } from './named-resources.ts';
import { operationForms } from './operation-forms.ts';
import { differencesOfOutputs, type Outputs, outputsOf, type Regions } from './output-forms.ts';

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

type Settings = Readonly<Record<string, string>>;

const resourceForms = { ...computeForms, ...queueForms, ...eventForms, ...operationForms };

export const terraformFolder = fileURLToPath(
  new URL('../../../../infra/terraform', import.meta.url),
);

/** Reads the module and the one that it calls. */
export const readTerraform = async (
  folder: string = terraformFolder,
): Promise<Readonly<Record<string, ModuleBlocks>>> => ({
  '.': await readModule(folder),
  'modules/region': await readModule(join(folder, 'modules/region')),
});

const variableOfSetting: ReadonlyMap<string, string> = new Map(
  settingParameters
    .filter(({ name }) => /[a-z][A-Z]/.test(name))
    .map(({ setting, name }) => [setting, variableOf(name)]),
);

/** A text for people with the names of variables in the place of those of a synthesis. */
const namingVariables = (text: string): string =>
  text.replace(/\w+/g, (word) => variableOfSetting.get(word) ?? word);

/** The values of the module's variables that stand for settings. */
export const variablesFor = (settings: Settings): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    settingParameters.flatMap(({ setting, name, kind }: SettingParameter) => {
      const value = settings[setting];
      if (value === undefined) return [];
      const isNumber = kind === 'number' || kind === 'choice';
      const isOn = value === 'on';
      return [[variableOf(name), kind === 'switch' ? isOn : isNumber ? Number(value) : value]];
    }),
  );

/** Roles get their names of AWS: they are known by the resource that they are for. */
const withRoleNames = (resources: readonly Planned[]): readonly Planned[] => {
  const users = resources.flatMap(
    ({ type, values, region }): readonly (readonly [string, string])[] => {
      const target = (values['target'] as readonly JsonObject[] | undefined)?.[0];
      const role = type === 'aws_lambda_function' ? values['role'] : target?.['role_arn'];
      const [mark] = /‹[^›]*›/.exec(String(role)) ?? [];
      const name = String(values['function_name'] ?? values['name']);
      const userType = type === 'aws_lambda_function' ? 'function' : 'schedule';
      return mark === undefined ? [] : [[mark, roleOf(region, userType, name)]];
    },
  );
  const text = users.reduce(
    (all, [mark, name]) => all.replaceAll(mark, name),
    JSON.stringify(resources),
  );
  const names = new Map(users);
  return (JSON.parse(text) as readonly Planned[]).map((one) => {
    if (one.type !== 'aws_iam_role' || !Object.hasOwn(one.values, 'name_prefix')) return one;
    return { ...one, values: { ...one.values, made_name: names.get(roleMark(one.address)) } };
  });
};

/** What Terraform plans: the resources and the outputs. */
export type Plan = {
  readonly resources: readonly Planned[];
  readonly outputs: Outputs;
  readonly regions: Regions;
};

/**
 * The plan of Terraform with settings as variables.
 *
 * @param own values of variables that are no settings
 */
export const planOf = (
  modules: Readonly<Record<string, ModuleBlocks>>,
  description: string,
  settings: Settings = {},
  own: JsonObject = {},
): Plan => {
  const { primary_region: primary = 'us-east-1', secondary_region: secondary = 'us-west-2' } =
    variablesFor(settings);
  const { resources, output } = evaluateModule(
    modules,
    '.',
    { ...variablesFor(settings), ...own, description, archives: 'lambda' },
    {
      regions: { 'aws.primary': String(primary), 'aws.secondary': String(secondary) },
      computed,
      data: {
        aws_caller_identity: { current: { account_id: accountId } },
        aws_partition: { current: { partition: 'aws' } },
      },
    },
  );
  const outputs = Object.keys(modules['.']?.output ?? {}).map((name) => [name, output(name)]);
  return {
    resources: withRoleNames(resources),
    outputs: Object.fromEntries(outputs) as Outputs,
    regions: { primary: String(primary), secondary: String(secondary) },
  };
};

/** Writes the description of a service into a folder. */
export const describeService = (
  service: DeclaredService,
  templates: readonly ParameterizedTemplate[],
  folder: string,
  environment: Settings = {},
): string => {
  writeDescription(service, environment, templates, folder);
  return folder;
};

/** The system that Terraform deploys, in the words of CloudFormation. */
export const terraformSystem = ({ resources, outputs, regions }: Plan): System => {
  const formed: Record<string, SystemResource> = {};
  for (const resource of resources) {
    const form = (resourceForms as Readonly<Record<string, Form>>)[resource.type];
    if (form === undefined) {
      throw new Error(`No form for ${resource.type}: add it to test/infra/ways/terraform`);
    }
    for (const { key, ...made } of form(resource)) {
      // Terraform has resources of their own for parts of one: the target of a rule, a peering.
      const { properties = {}, policies = made.policies } = formed[key] ?? {};
      const merged = { ...objectOf(properties), ...objectOf(made.properties) };
      formed[key] = { ...made, policies, properties: merged };
    }
  }
  return { resources: formed, outputs: outputsOf(outputs, regions) };
};

const peered = (settings: Settings): readonly Json[] => {
  const { secondary_region: secondary = 'us-west-2' } = variablesFor(settings);
  return [`‹cluster arn ${secondary}›`];
};

/** The differences of Terraform from the CDK app. */
export const intended = (settings: Settings): readonly IntendedDifference[] => [
  ...differencesOfOutputs,
  {
    where: /DSQL::Cluster \.policies\.\w+$/,
    as: (source) => (source === 'Delete' ? 'Delete' : 'Refuse'),
    reason: 'no policy of Terraform keeps a cluster: it refuses its deletion',
  },
  {
    where: /DSQL::Cluster \.properties\.MultiRegionProperties\.Clusters$/,
    as: () => peered(settings),
    reason: 'aws_dsql_cluster_peering names the peer of the first cluster too',
  },
  {
    where: /(?:peer-clusters|Custom::AntipodePeering)/,
    as: () => undefined,
    reason: 'aws_dsql_cluster_peering peers the clusters, without a function',
  },
  {
    where: /\.(?:Alarm)?Description$/,
    as: (source) => namingVariables(String(source)),
    reason: 'a setting has the name of its variable',
  },
  {
    where: /Events::Archive .*\.KmsKeyIdentifier$/,
    as: () => undefined,
    reason: 'an empty key is no key',
  },
  {
    where: /\.MIGRATE_BY_INVOCATION$/,
    as: () => 'true',
    reason: 'aws_lambda_invocation asks for the migration',
  },
  {
    where: /\.CUSTOM_RESOURCE_STACK_ID$/,
    as: () => undefined,
    reason: 'there is no stack: the function takes the request of aws_lambda_invocation',
  },
  {
    where: /Custom::AntipodeMigration \.properties\.(?:Revision|ServiceTimeout)$/,
    as: () => undefined,
    reason: 'the hash of the archive tells a new revision, and the timeout is of CloudFormation',
  },
];

/** More differences where neither protects its data. */
export const intendedWithoutProtection: readonly IntendedDifference[] = [
  {
    where: /(?:-delete-data|Custom::AntipodeDeletion)/,
    as: () => undefined,
    reason: 'Terraform deletes both clusters at once, without a function',
  },
];
