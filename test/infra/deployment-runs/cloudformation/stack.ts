import type { Resource } from '../../support/template.ts';
import { ResourceFailure, type ResourceRequest } from './provider.ts';
import { holds, resolve, type Template, type Values } from './template.ts';

export type Parameters = Readonly<Record<string, string>>;

/** A resource that exists. */
export type Made = {
  readonly request: ResourceRequest;
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Resource;
};

/** A stack with its resources, by their logical ids. */
export type Stack = {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  status: string;
  template: Template;
  parameters: Parameters;
  readonly made: Map<string, Made>;
  /** The steps that a roll back of an update still has to take. */
  toUndo?: { readonly undos: Made[]; readonly added: string[] };
};

/** Names a stack: each Region has its own. */
export const stackKey = (region: string, name: string): string => `${region}/${name}`;

/** By their keys. */
export type Stacks = Map<string, Stack>;

export const accountId = '000000000000';

export const valuesOf = (stack: Stack, stacks: ReadonlyMap<string, Stack>): Values => {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Region': stack.region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::StackId': stack.id,
    'AWS::StackName': stack.name,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return {
    ref: (logicalId) =>
      pseudo[logicalId] ??
      stack.parameters[logicalId] ??
      stack.made.get(logicalId)?.physicalId ??
      logicalId,
    attribute: (logicalId, name) =>
      stack.made.get(logicalId)?.attributes[name] ??
      // A resource that these runs leave out: the migration names the roles of its clients.
      `arn:aws:iam::${accountId}:role/${logicalId}`,
    condition: (name) => holds(stack.template.Conditions?.[name], valuesOf(stack, stacks)),
    imported: (name) => {
      for (const other of stacks.values()) {
        if (other.region !== stack.region) continue;
        const found = Object.values(other.template.Outputs ?? {}).find(
          ({ Export }) => Export?.Name === name,
        );
        if (found) return resolve(found.Value, valuesOf(other, stacks));
      }
      throw new ResourceFailure(`No export named ${name} found`);
    },
    output: (name, region, output) => {
      const other = stacks.get(stackKey(region, name));
      const value = other?.template.Outputs?.[output]?.Value;
      if (other && value !== undefined) return resolve(value, valuesOf(other, stacks));
      throw new ResourceFailure(`Stack ${name} in ${region} has no output ${output}`);
    },
  };
};

export const parametersOf = (
  { Parameters = {} }: Template,
  former: Parameters = {},
  changed: Parameters = {},
): Parameters =>
  Object.fromEntries(
    Object.entries(Parameters).map(([name, { Default = '' }]) => [
      name,
      changed[name] ?? former[name] ?? String(Default),
    ]),
  );

/** The text of an assertion of the template that does not hold. */
export const brokenRule = (stack: Stack, stacks: ReadonlyMap<string, Stack>): string | undefined =>
  Object.values(stack.template.Rules ?? {})
    .flatMap(({ Assertions }) => Assertions)
    .find(({ Assert }) => !holds(Assert, valuesOf(stack, stacks)))?.AssertDescription;
