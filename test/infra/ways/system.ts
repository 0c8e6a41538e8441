import { resolveValue, type Scope } from '../../../packages/cli/src/local/template/intrinsics.ts';
import type { Json, JsonObject } from '../../../packages/cli/src/local/template/json.ts';
import { at } from '../support/template.ts';

/** A template of one stack, and the place where it is deployed. */
export type DeployedStack = {
  /** Its name without the prefix and the service, such as `data-primary`. */
  readonly part: string;
  readonly stackName: string;
  readonly region: string;
  readonly template: JsonObject;
  /** Values of its parameters; the defaults of the template unless given. */
  readonly parameters?: Readonly<Record<string, Json>>;
};

/** A resource without the names that its tool gives it. */
export type SystemResource = {
  readonly type: string;
  /**
   * All functions of the template are resolved; a reference is a text such as
   * `‹primary/Relay.Arn›`.
   */
  readonly properties: Json;
  readonly policies: Json;
};

/**
 * The normal form of a deployment: equal for two tools that deploy the same. Keys are `part/name`.
 */
export type System = {
  readonly resources: Readonly<Record<string, SystemResource>>;
  readonly outputs: Readonly<Record<string, Json>>;
};

const accountId = '111122223333';

/** The logical id without the hash that the CDK appends. */
export const short = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** Types whose logical ids contain names of a deployment: a property tells them apart. */
const identifying: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::Permission': ['FunctionName', 'SourceArn'],
  'AWS::SNS::Subscription': ['Protocol', 'TopicArn'],
};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const section = (template: JsonObject, name: string): Readonly<Record<string, JsonObject>> => {
  const found = template[name];
  return isObject(found) ? (found as Readonly<Record<string, JsonObject>>) : {};
};

/** The functions of a stack, resolved over all stacks. */
const scopeOf = (stack: DeployedStack, stacks: readonly DeployedStack[]): Scope => {
  const { part, region, template, parameters = {} } = stack;
  const outputOf = (from: DeployedStack, name: string): Json => {
    const value = section(from.template, 'Outputs')[name]?.['Value'] ?? null;
    return resolveValue(value, scopeOf(from, stacks)) ?? null;
  };
  const pseudo: Readonly<Record<string, Json | undefined>> = {
    ...{ 'AWS::Region': region, 'AWS::AccountId': accountId, 'AWS::Partition': 'aws' },
    ...{ 'AWS::URLSuffix': 'amazonaws.com', 'AWS::StackId': `‹${part}.StackId›` },
    ...{ 'AWS::StackName': stack.stackName, 'AWS::NoValue': undefined },
  };
  const scope: Scope = {
    region,
    ref: (name) => {
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      const declared = section(template, 'Parameters')[name];
      if (declared === undefined) {
        const reference = `‹${part}/${short(name)}›`;
        // CloudFormation refers to a rule on a bus of its own by the names of both.
        const type = section(template, 'Resources')[name]?.['Type'];
        return type === 'AWS::Events::Rule' ? `‹bus of ${reference}›|${reference}` : reference;
      }
      const value = parameters[name] ?? declared['Default'];
      if (value === undefined) throw new Error(`${part} needs the parameter ${name}`);
      return value;
    },
    getAtt: (id, attribute) => `‹${part}/${short(id)}.${attribute}›`,
    importValue: (name) => {
      for (const from of stacks) {
        for (const [output, { Export }] of Object.entries(section(from.template, 'Outputs'))) {
          const exported = isObject(Export)
            ? resolveValue(Export['Name'] ?? null, scopeOf(from, stacks))
            : undefined;
          if (exported === name && from.region === region) return outputOf(from, output);
        }
      }
      throw new Error(`No stack in ${region} exports ${name}`);
    },
    stackOutput: (name, output, where) => {
      const from = stacks.find((one) => one.stackName === name && one.region === where);
      if (!from) throw new Error(`No stack ${name} in ${where}`);
      return outputOf(from, output);
    },
    condition: (name) => {
      const found = section(template, 'Conditions')[name];
      if (found === undefined) throw new Error(`No condition ${name} in ${part}`);
      return resolveValue(found, scope) === true;
    },
    mapping: (map, first, second) => {
      const value = at(template, 'Mappings', map, first, second);
      if (value === undefined) throw new Error(`No ${map}.${first}.${second} in ${part}`);
      return value as Json;
    },
  };
  return scope;
};

/**
 * A value as it reaches AWS: a parameter is a text there, so that numbers and switches are texts
 * here, and texts that hold JSON are compared as such.
 */
export const normal = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(normal);
  if (isObject(value)) {
    // A Sid names a statement and decides nothing; the CDK makes it of names of stacks.
    const named = Object.entries(value).filter(([name]) => name !== 'Sid');
    const entries = named.map(([name, inner]) => [name, normal(inner)] as const);
    return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }
  return value === null ? null : String(value);
};

/** Code by the name of its function: the tools put it into buckets under keys of their own. */
const withoutKeys = (
  properties: JsonObject,
  archiveIn: (code: JsonObject) => string,
): JsonObject => {
  const code = properties['Code'];
  return isObject(code) && code['S3Key'] !== undefined
    ? { ...properties, Code: { archive: archiveIn(code) } }
    : properties;
};

/**
 * The normal form of stacks.
 *
 * @param archiveIn the name of the function whose code lies at a place in a bucket
 */
export const systemOf = (
  stacks: readonly DeployedStack[],
  archiveIn: (code: JsonObject) => string,
): System => {
  const resources: Record<string, SystemResource> = {};
  const outputs: Record<string, Json> = {};
  const isThere = (scope: Scope, { Condition }: JsonObject) =>
    Condition === undefined || scope.condition(String(Condition));
  for (const stack of stacks) {
    const { part, template } = stack;
    const scope = scopeOf(stack, stacks);
    for (const [id, resource] of Object.entries(section(template, 'Resources'))) {
      if (!isThere(scope, resource)) continue;
      const type = String(resource['Type']);
      const given = resolveValue(resource['Properties'] ?? {}, scope) ?? {};
      const properties = normal(withoutKeys(isObject(given) ? given : {}, archiveIn));
      const by = identifying[type]?.map((name) => String(at(properties, name)));
      const key = `${part}/${by === undefined ? short(id) : `${type} ${by.join(' ')}`}`;
      if (resources[key] !== undefined) throw new Error(`Two resources are ${key}`);
      const { DeletionPolicy = null, UpdateReplacePolicy = null } = resource;
      resources[key] = { type, properties, policies: { DeletionPolicy, UpdateReplacePolicy } };
    }
    for (const [name, output] of Object.entries(section(template, 'Outputs'))) {
      if (!isThere(scope, output)) continue;
      outputs[`${part}/${name}`] = normal(resolveValue(output['Value'] ?? null, scope) ?? null);
    }
  }
  return { resources, outputs };
};
