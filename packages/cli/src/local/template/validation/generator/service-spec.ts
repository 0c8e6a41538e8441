import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { PropertyRules, TypeSpecification, ValueRule } from '../specification.ts';

/** A type as the database writes it: the union of its forms, as far as they are read here. */
type SpecType = {
  readonly type: string;
  readonly allowedValues?: readonly (string | number)[];
  readonly element?: SpecType;
  readonly reference?: { readonly $ref: string };
  readonly types?: readonly SpecType[];
};

type SpecProperties = Readonly<
  Record<
    string,
    {
      readonly type: SpecType;
      readonly required?: boolean;
      /** `maybe` depends on the values: see `conditionalReplacements`. */
      readonly causesReplacement?: 'yes' | 'no' | 'maybe';
    }
  >
>;

type SpecDefinition = { readonly name: string; readonly properties: SpecProperties };

type SpecResource = {
  readonly properties: SpecProperties;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly primaryIdentifier?: readonly string[];
  readonly cfnRefIdentifier?: readonly string[];
};

/** A tag by its name in the older of two specifications. */
const tagProperties: SpecProperties = {
  Key: { type: { type: 'string' }, required: true },
  Value: { type: { type: 'string' } },
};

const database = () => {
  const loaded = loadAwsServiceSpecSync();
  return {
    resource: (type: string): SpecResource => {
      const [resource] = loaded.lookup('resource', 'cloudFormationType', 'equals', type);
      if (resource) return resource as unknown as SpecResource;
      throw new Error(`@aws-cdk/aws-service-spec has no type ${type}`);
    },
    definition: (id: string): SpecDefinition =>
      loaded.get('typeDefinition', id) as unknown as SpecDefinition,
  };
};

const sorted = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Reads a type, and in `definitions` the definitions that it uses. */
const readType = (
  resource: SpecResource,
  definition: (id: string) => SpecDefinition,
): TypeSpecification => {
  const definitions = new Map<string, PropertyRules>();
  const define = ({ name, properties }: SpecDefinition): ValueRule => {
    if (!definitions.has(name)) {
      // Before its properties are read: a definition may contain itself.
      definitions.set(name, {});
      definitions.set(name, rulesOf(properties));
    }
    return { type: 'object', definition: name };
  };
  const ruleOf = (type: SpecType): ValueRule => {
    switch (type.type) {
      case 'string':
      case 'integer':
      case 'number':
      case 'boolean':
      case 'json':
        return { type: type.type, ...(type.allowedValues && { values: type.allowedValues }) };
      case 'date-time':
        return { type: 'string' };
      case 'tag':
        return define({ name: 'Tag', properties: tagProperties });
      case 'array':
        return { type: 'list', ...(type.element && { of: ruleOf(type.element) }) };
      case 'map':
        return { type: 'map', ...(type.element && { of: ruleOf(type.element) }) };
      case 'ref':
        return define(definition(type.reference?.$ref ?? ''));
      case 'union': {
        const [first, ...others] = (type.types ?? []).map(ruleOf);
        if (first) return { ...first, or: others };
      }
    }
    throw new Error(`the form ${JSON.stringify(type)} is not known`);
  };
  const rulesOf = (properties: SpecProperties): PropertyRules =>
    sorted(
      Object.fromEntries(
        Object.entries(properties).map(([name, { type, required }]) => [
          name,
          { ...ruleOf(type), ...(required === true && { required }) },
        ]),
      ),
    );
  const properties = rulesOf(resource.properties);
  return {
    identifier: resource.primaryIdentifier ?? resource.cfnRefIdentifier ?? [],
    createOnly: Object.entries(resource.properties)
      .filter(([, { causesReplacement }]) => causesReplacement === 'yes')
      .map(([name]) => name)
      .sort(),
    properties,
    attributes: Object.keys(resource.attributes).sort(),
    definitions: sorted(Object.fromEntries(definitions)),
  };
};

/**
 * The properties of these types whose new value decides whether their resource is replaced. The
 * engine decides by the name of a property alone, so no type that it deploys may have one.
 */
export const conditionalReplacements = (types: readonly string[]): readonly string[] => {
  const { resource } = database();
  return types.flatMap((type) =>
    Object.entries(resource(type).properties)
      .filter(([, { causesReplacement }]) => causesReplacement === 'maybe')
      .map(([name]) => `${type} ${name}`),
  );
};

/**
 * The resource types of `@aws-cdk/aws-service-spec`: their properties, without the limits of their
 * values.
 */
export const readServiceSpec = (
  types: readonly string[],
): readonly (readonly [type: string, specification: TypeSpecification])[] => {
  const { resource, definition } = database();
  return types.map((type) => [type, readType(resource(type), definition)]);
};
