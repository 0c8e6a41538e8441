import rules from './specification.json' with { type: 'json' };

/** The limits of a value of a template. Lengths are in characters, and of a list in items. */
export type ValueRule = {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'list' | 'map' | 'object';
  /** The values that it may have, and no others. */
  readonly values?: readonly (string | number)[];
  readonly min?: number;
  readonly max?: number;
  readonly lengthMin?: number;
  readonly lengthMax?: number;
  /** Must match the whole of a string. */
  readonly pattern?: string;
  /** The limits of the items of a list, or of the values of a map. */
  readonly of?: ValueRule;
  /** Name of an object's properties among the type's definitions. */
  readonly definition?: string;
  /** Other forms in which the value may be given. */
  readonly or?: readonly ValueRule[];
};

export type PropertyRule = ValueRule & { readonly required?: true };

export type PropertyRules = Readonly<Record<string, PropertyRule>>;

/** AWS's specification of a resource type. */
export type TypeSpecification = {
  /** Properties or attributes that no two resources of an account and a Region have alike. */
  readonly identifier: readonly string[];
  /** Properties whose change makes CloudFormation replace the resource. */
  readonly createOnly: readonly string[];
  readonly properties: PropertyRules;
  /** Attributes, which a template may read and not give. */
  readonly attributes: readonly string[];
  readonly definitions: Readonly<Record<string, PropertyRules>>;
};

/** By resource type, such as `AWS::SQS::Queue`. */
export type Specification = Readonly<Record<string, TypeSpecification>>;

/**
 * The rules for every type that the local stack knows; written by `npm run specification`, because
 * AWS's database of all types takes half a second to load.
 */
export const specification = rules as unknown as Specification;
