import type { Assembly, StackTemplate } from './assembly.ts';
import { exportWriterType, localAccount } from './identities.ts';
import { resolveValue, type Scope } from './intrinsics.ts';
import { type Json, type JsonObject, objectOf, ownOf, stringOf } from './json.ts';

/**
 * The `Ref` and the attributes of a resource, from its template or from the answer of a function.
 */
export type Answer = {
  readonly ref: string;
  readonly attribute: (name: string) => Json | undefined;
};

/** Values of stacks that are not in the assembly, but have been deployed. */
export interface Elsewhere {
  readonly importValue: (region: string, exportName: string) => Json | undefined;
  readonly stackOutput: (stack: string, output: string, region: string) => Json | undefined;
  /** The value that CDK writes for a Region under a parameter name. */
  readonly crossRegionExport: (region: string, name: string) => Json | undefined;
}

/** Nothing but the assembly has been deployed. */
export const nowhereElse: Elsewhere = {
  importValue: () => undefined,
  stackOutput: () => undefined,
  crossRegionExport: () => undefined,
};

const pseudoParameters = ({
  name,
  region,
  id,
}: StackTemplate): Readonly<Record<string, Json | undefined>> => ({
  'AWS::AccountId': localAccount,
  'AWS::NoValue': undefined,
  'AWS::NotificationARNs': [],
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::StackId': id ?? stackIdOf(name, region),
  'AWS::StackName': name,
  'AWS::URLSuffix': 'amazonaws.com',
});

/** The ARN of a stack, as `AWS::StackId` and in requests to custom resources. */
export const stackIdOf = (name: string, region: string): string =>
  `arn:aws:cloudformation:${region}:${localAccount}:stack/${name}/local`;

const parameterValue = (name: string, declaration: JsonObject): Json => {
  const value = declaration['Default'];
  if (value !== undefined && !stringOf(declaration['Type'])?.startsWith('AWS::SSM::')) return value;
  throw new Error(`the parameter ${name} has no value here`);
};

/** The value that a stack of another Region exports to this one under a parameter name of CDK's. */
export const crossRegionExport = (
  assembly: Assembly,
  region: string,
  name: string,
): { readonly writer: StackTemplate; readonly value: Json } | undefined => {
  for (const writer of assembly.stacks) {
    for (const { type, properties } of writer.template.resources.values()) {
      if (type !== exportWriterType) continue;
      const props = objectOf(properties['WriterProps']);
      const value = ownOf(props['exports'], name);
      if (value !== undefined && props['region'] === region) return { writer, value };
    }
  }
  return undefined;
};

/** The scope of every stack; `answerOf` gives what a logical id of a stack stands for. */
export const createScopes = (
  assembly: Assembly,
  answerOf: (stack: StackTemplate, logicalId: string) => Answer,
  elsewhere: Elsewhere = nowhereElse,
): ((stack: StackTemplate) => Scope) => {
  const importValue = (region: string, exportName: string): Json => {
    for (const stack of assembly.stacks.filter((other) => other.region === region)) {
      const scope = scopeOf(stack);
      for (const output of Object.values(stack.template.outputs).map(objectOf)) {
        const name = resolveValue(objectOf(output['Export'])['Name'] ?? null, scope);
        const value =
          name === exportName ? resolveValue(output['Value'] ?? null, scope) : undefined;
        if (value !== undefined) return value;
      }
    }
    const deployed = elsewhere.importValue(region, exportName);
    if (deployed !== undefined) return deployed;
    throw new Error(`no stack in ${region} exports ${exportName}`);
  };
  const stackOutput = (name: string, output: string, region: string): Json => {
    const stack = assembly.stacks.find((other) => other.name === name && other.region === region);
    const declaration = objectOf(ownOf(stack?.template.outputs, output))['Value'];
    const value =
      stack && declaration !== undefined
        ? resolveValue(declaration, scopeOf(stack))
        : elsewhere.stackOutput(name, output, region);
    if (value !== undefined) return value;
    throw new Error(`no stack ${name} in ${region} has an output ${output}`);
  };
  const scopeOf = (stack: StackTemplate): Scope => ({
    region: stack.region,
    ref: (name) => {
      const pseudo = pseudoParameters(stack);
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      const parameter = ownOf(stack.template.parameters, name);
      return parameter === undefined
        ? answerOf(stack, name).ref
        : (ownOf(stack.parameters, name) ?? parameterValue(name, objectOf(parameter)));
    },
    getAtt: (logicalId, attribute) => {
      const value = answerOf(stack, logicalId).attribute(attribute);
      if (value !== undefined) return value;
      throw new Error(`${logicalId} has no attribute ${attribute} here`);
    },
    stackOutput,
    importValue: (exportName) => importValue(stack.region, exportName),
    condition: (name) => {
      const condition = ownOf(stack.template.conditions, name);
      if (condition === undefined) throw new Error(`there is no condition ${name}`);
      return resolveValue(condition, scopeOf(stack)) === true;
    },
    mapping: (map, first, second) => {
      const value = ownOf(ownOf(ownOf(stack.template.mappings, map), first), second);
      if (value !== undefined) return value;
      throw new Error(`the mapping ${map} has no ${first}.${second}`);
    },
  });
  return scopeOf;
};
