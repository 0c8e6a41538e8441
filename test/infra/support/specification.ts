import type { JsonObject } from '../../../packages/cli/src/local/template/json.ts';
import { propertyProblems } from '../../../packages/cli/src/local/template/validation/check-properties.ts';
import { readServiceSpec } from '../../../packages/cli/src/local/template/validation/generator/service-spec.ts';
import type { TypeSpecification } from '../../../packages/cli/src/local/template/validation/specification.ts';
import { at, listOf, type Template } from './template.ts';

/** Stands for a value that CloudFormation knows when it deploys. */
const pending = '\u0000pending';

/** Types of the app's own, and of the CDK, which AWS does not specify. */
const isUnspecified = (type: string): boolean =>
  type.startsWith('Custom::') || type === 'AWS::CDK::Metadata';

const specifications = new Map<string, TypeSpecification>();

/** AWS's own specification of types; its database takes half a second to load. */
const specify = (types: readonly string[]): void => {
  const missing = [...new Set(types)].filter((type) => !specifications.has(type));
  if (missing.length === 0) return;
  for (const [type, specification] of readServiceSpec(missing)) {
    specifications.set(type, specification);
  }
};

type Reference = { readonly id: string; readonly attribute?: string };

const referenceIn = (name: string, argument: unknown): Reference | undefined => {
  if (name === 'Ref') return { id: String(argument) };
  if (name !== 'Fn::GetAtt') return undefined;
  const [id, ...attribute] =
    typeof argument === 'string' ? argument.split('.') : listOf(argument).map(String);
  return { id: id ?? '', attribute: attribute.join('.') };
};

/** A value with its references, and with a text in place of each function of CloudFormation. */
const resolved = (value: unknown, found: Reference[]): unknown => {
  if (Array.isArray(value)) return value.map((item) => resolved(item, found));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? ['', undefined];
  const isFunction = entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'));
  const reference = isFunction ? referenceIn(name, argument) : undefined;
  if (reference) found.push(reference);
  const parts = entries.map(([key, inner]) => [key, resolved(inner, found)] as const);
  return isFunction ? pending : Object.fromEntries(parts);
};

const referenceProblems = (template: Template, from: string, { id, attribute }: Reference) => {
  if (id.startsWith('AWS::')) return [];
  const target = template.Resources[id];
  if (!target)
    return at(template, 'Parameters', id) ? [] : [`${from} names ${id}, which is missing`];
  if (attribute === undefined || isUnspecified(target.Type)) return [];
  const { attributes = [] } = specifications.get(target.Type) ?? {};
  return attributes.includes(attribute)
    ? []
    : [`${from} reads ${id}.${attribute}, and ${target.Type} has no such attribute`];
};

/** The problems of a template by AWS's specification of its types, a line for each. */
export const specificationProblems = (template: Template): readonly string[] => {
  const resources = Object.entries(template.Resources);
  const types = resources.map(([, { Type }]) => Type).filter((type) => !isUnspecified(type));
  specify(types);
  const outputs: Reference[] = [];
  resolved(template.Outputs ?? {}, outputs);
  return [
    ...resources.flatMap(([id, { Type, Properties = {}, DependsOn }]) => {
      const references: Reference[] = listOf(DependsOn).map((one) => ({ id: String(one) }));
      const properties = resolved(Properties, references) as JsonObject;
      const specification = specifications.get(Type);
      const isPending = (value: unknown) => value === pending;
      return [
        ...(specification
          ? propertyProblems({ type: Type, properties }, specification, isPending)
          : []
        ).map((problem) => `${id} (${Type}): ${problem}`),
        ...references.flatMap((one) => referenceProblems(template, id, one)),
      ];
    }),
    ...outputs.flatMap((one) => referenceProblems(template, 'An output', one)),
  ];
};
