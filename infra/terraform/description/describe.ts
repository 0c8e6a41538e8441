import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
} from '../../cloudformation/json.ts';
import type { ParameterizedTemplate } from '../../cloudformation/parameterized.ts';
import { settingParameters } from '../../cloudformation/parameters.ts';
import { eventKinds } from './event-kinds.ts';
import { operationKinds } from './operation-kinds.ts';
import { namesIn, type Resource, withoutHash } from './region-names.ts';
import { computeKinds, type Kind, type Others } from './resource-kinds.ts';
import { expressionOf, printed, type Sections, variableOf } from './template-text.ts';

const kinds: Readonly<Record<string, Kind>> = { ...computeKinds, ...eventKinds, ...operationKinds };

/** The parts of a deployment that one Region has, and the halves that they belong to. */
const partsOf = {
  primary: ['data-primary', 'data-peering', 'primary'],
  secondary: ['data-secondary', 'secondary'],
} as const;

export type Half = keyof typeof partsOf;

/** Terraform has resources of its own for these, or attaches them to another one. */
const elsewhere = new Set([
  ...['AWS::IAM::Policy', 'Custom::AntipodeMigration', 'Custom::AntipodePeering'],
]);

/**
 * Resources by which CloudFormation peers the clusters: Terraform has `aws_dsql_cluster_peering`.
 */
const peering = new Set(['PeeringLogs', 'PeeringRole', 'PeeringFunction', 'Peering']);

const resourcesOf = (
  parts: readonly string[],
  templates: readonly ParameterizedTemplate[],
): readonly Resource[] =>
  templates
    .filter(({ part }) => parts.includes(part))
    .flatMap(({ part, template }) =>
      Object.entries(objectOf(template['Resources']))
        .filter(([id]) => part !== 'data-peering' || !peering.has(withoutHash(id)))
        .map(([id, resource]) => {
          const { Type, Properties, Condition } = objectOf(resource);
          const condition = typeof Condition === 'string' ? Condition : undefined;
          return { part, id, type: String(Type), properties: objectOf(Properties), condition };
        }),
    );

/** The documents of the policies of a role, by their logical ids. */
const policiesIn = (resources: readonly Resource[], roleId: string): JsonObject =>
  Object.fromEntries(
    resources
      .filter(({ type }) => type === 'AWS::IAM::Policy')
      .filter(({ properties: { Roles } }) =>
        (isList(Roles) ? Roles : []).some((role) => objectOf(role)['Ref'] === roleId),
      )
      .map(({ id, properties: { PolicyDocument } }) => [withoutHash(id), PolicyDocument ?? null]),
  );

/** The parameters whose names are no words of English. */
const namesOfParameters = new Set(
  settingParameters.map(({ name }) => name as string).filter((name) => /[a-z][A-Z]/.test(name)),
);

/** A property whose text tells a person which setting to change: with the name of the variable. */
const named = (properties: JsonObject): JsonObject => {
  const inText = (value: Json): Json => {
    if (typeof value === 'string') {
      return value.replace(/\w+/g, (word, at: number) =>
        namesOfParameters.has(word) && value[at - 1] !== '{' ? variableOf(word) : word,
      );
    }
    if (isList(value)) return value.map(inText);
    if (!isObject(value) || 'Ref' in value || 'Fn::FindInMap' in value) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inText(inner)]));
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      /^(?:Alarm)?Description$/.test(name) ? inText(value) : value,
    ]),
  );
};

const conditionsOf = (templates: readonly ParameterizedTemplate[]): JsonObject =>
  Object.assign({}, ...templates.map(({ template }) => objectOf(template['Conditions'])));

const entriesOf = (
  resources: readonly Resource[],
  sections: Sections,
  others: Others,
  keyOf: (resource: Resource) => Json,
): Readonly<Record<string, readonly string[]>> => {
  const collections: Record<string, string[]> = Object.fromEntries(
    Object.values(kinds).map(({ collection }) => [collection, []]),
  );
  for (const resource of resources) {
    const { id, type, properties, condition } = resource;
    if (elsewhere.has(type)) continue;
    const kind = kinds[type];
    if (kind === undefined) {
      throw new Error(
        `Terraform's module has no ${type} (${id}): add the resource to infra/terraform/modules/region, and its kind to infra/terraform/description`,
      );
    }
    const exists = condition === undefined ? 'true' : `\${${expressionOf(condition, sections)}}`;
    const body = printed(kind.entry(named(properties), others, id), sections);
    const key = printed(keyOf(resource), sections);
    const before = collections[kind.collection] ?? [];
    // Of two entries with one key, Terraform would read the last one alone.
    if (before.some((text) => text.startsWith(`  ${key}: `))) {
      throw new Error(
        `Two resources of ${type} have the key ${key}: give them other keys in infra/terraform/description/region-names.ts`,
      );
    }
    const text = `  ${key}: {"exists": ${exists}, ${body.slice(1)}`;
    collections[kind.collection] = [...before, text];
  }
  return collections;
};

/** The properties of the custom resource that migrates, as the module invokes the function. */
const migrationOf = (resources: readonly Resource[], others: Others): JsonObject => {
  const found = resources.find(({ type }) => type === 'Custom::AntipodeMigration');
  const {
    ServiceToken,
    ServiceTimeout: _,
    ClusterArn: _arn,
    Revision: _hash,
    ...properties
  } = found?.properties ?? {};
  const { DatabaseRole, ClientRoleArns, ...unknown } = properties;
  const [name] = Object.keys(unknown);
  if (name !== undefined)
    throw new Error(`Terraform's module does not pass ${name} on to migrations`);
  const keyOf = (role: Json): Json => {
    if (!isObject(role)) return null;
    const choice = role['Fn::If'];
    if (!isList(choice)) return others.keyOf(role) ?? null;
    const [condition = null, on = null] = choice;
    return { 'Fn::If': [condition, others.keyOf(on) ?? null, { Ref: 'AWS::NoValue' }] };
  };
  return {
    ...{ function: others.keyOf(ServiceToken) ?? null, database_role: DatabaseRole ?? null },
    client_roles: isList(ClientRoleArns) ? ClientRoleArns.map(keyOf) : [],
  };
};

/**
 * One Region's half of a service as text for Terraform's `templatefile`: a JSON object with a
 * collection for each kind of resource.
 *
 * @param service its name
 * @throws {Error} for a type or a property that Terraform's module has not
 */
export const describeHalf = (
  half: Half,
  service: string,
  templates: readonly ParameterizedTemplate[],
): string => {
  const own = templates.filter(({ part }) => partsOf[half].some((one) => one === part));
  const resources = resourcesOf(partsOf[half], templates);
  const names = namesIn(resources, service, kinds);
  const others: Others = {
    ...{ keyOf: names.keyOf, typeOf: names.typeOf },
    policiesOf: (roleId) => policiesIn(resources, roleId),
  };
  const sections: Sections = { conditions: conditionsOf(own), references: names.references };
  const collections = Object.entries(entriesOf(resources, sections, others, names.keyOfResource));
  const outputs = own.find(({ part }) => part === half)?.template['Outputs'];
  const { DatabaseSchema } = objectOf(outputs);
  return [
    '{',
    ...collections.map(([name, texts]) => `"${name}": {\n${texts.join(',\n')}\n},`),
    `"name_prefix": ${printed({ 'Fn::Sub': `\${LambdaFunctionPrefix}-${service}` }, sections)},`,
    `"migration": ${printed(migrationOf(resources, others), sections)},`,
    `"database_schema": ${printed(objectOf(DatabaseSchema)['Value'] ?? null, sections)}`,
    '}\n',
  ].join('\n');
};

/** The numbers that follow from others, by the parameter that decides them and its values. */
export const tablesOf = (templates: readonly ParameterizedTemplate[]): JsonObject =>
  Object.assign({}, ...templates.map(({ template }) => objectOf(template['Mappings'])));
