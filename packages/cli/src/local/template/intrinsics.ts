import { isObject, type Json, type JsonObject, objectOf, ownOf, stringOf } from './json.ts';

/** Gives the values that a template's functions refer to. */
export interface Scope {
  readonly region: string;
  /**
   * The value of a resource, a parameter or a pseudo-parameter; `undefined` stands for
   * `AWS::NoValue`.
   */
  readonly ref: (name: string) => Json | undefined;
  readonly getAtt: (logicalId: string, attribute: string) => Json;
  readonly importValue: (exportName: string) => Json;
  readonly stackOutput: (stack: string, output: string, region: string) => Json;
  readonly condition: (name: string) => boolean;
  readonly mapping: (map: string, first: string, second: string) => Json;
}

type Resolve = (value: Json) => Json | undefined;
type Intrinsic = (argument: Json, resolve: Resolve, scope: Scope) => Json | undefined;

const refuse = (reason: string): never => {
  throw new Error(reason);
};

const text = (value: Json | undefined, where: string): string =>
  stringOf(value) ?? refuse(`${where} needs a string, not ${JSON.stringify(value)}`);

const list = (value: Json | undefined, where: string, length?: number): readonly Json[] =>
  Array.isArray(value) && (length === undefined || value.length === length)
    ? (value as readonly Json[])
    : refuse(`${where} needs a list${length ? ` of ${length}` : ''}, not ${JSON.stringify(value)}`);

const getAtt: Intrinsic = (argument, resolve, scope) => {
  if (typeof argument === 'string') {
    const [logicalId = '', ...attribute] = argument.split('.');
    return scope.getAtt(logicalId, attribute.join('.'));
  }
  const [logicalId, attribute] = list(argument, 'Fn::GetAtt', 2);
  return scope.getAtt(text(logicalId, 'Fn::GetAtt'), text(resolve(attribute ?? ''), 'Fn::GetAtt'));
};

/** Finds `${Name}` and `${Name.Attribute}`. `${!Name}` is a text, and stands for `${Name}`. */
const substitutePattern = /\$\{(!?)([^{}]+)\}/g;

const substitute: Intrinsic = (argument, resolve, scope) => {
  const [template, variables] =
    typeof argument === 'string' ? [argument, {}] : list(argument, 'Fn::Sub', 2);
  return text(template, 'Fn::Sub').replace(
    substitutePattern,
    (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      const variable = ownOf(variables, name);
      if (variable !== undefined) return text(resolve(variable), `Fn::Sub \${${name}}`);
      const value = name.includes('.') ? getAtt(name, resolve, scope) : scope.ref(name);
      return text(value, `Fn::Sub \${${name}}`);
    },
  );
};

const truth = (value: Json | undefined): boolean =>
  typeof value === 'boolean' ? value : refuse(`a condition is ${JSON.stringify(value)}`);

const choose: Intrinsic = (argument, resolve, scope) => {
  const [condition, whenTrue, whenFalse] = list(argument, 'Fn::If', 3);
  const branch = scope.condition(text(condition, 'Fn::If')) ? whenTrue : whenFalse;
  return resolve(branch ?? null);
};

const select: Intrinsic = (argument, resolve) => {
  const [index, values] = list(argument, 'Fn::Select', 2);
  const items = list(resolve(values ?? null), 'Fn::Select');
  const position = Number(text(resolve(index ?? null), 'Fn::Select'));
  return (
    items[position] ?? refuse(`Fn::Select has no item ${position} in ${JSON.stringify(items)}`)
  );
};

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, _, scope) => scope.ref(text(name, 'Ref')),
  Condition: (name, _, scope) => scope.condition(text(name, 'Condition')),
  'Fn::GetAtt': getAtt,
  'Fn::Sub': substitute,
  'Fn::If': choose,
  'Fn::Select': select,
  'Fn::Join': (argument, resolve) => {
    const [delimiter, parts] = list(argument, 'Fn::Join', 2);
    return list(resolve(parts ?? null), 'Fn::Join')
      .map((part) => text(part, 'Fn::Join'))
      .join(text(delimiter, 'Fn::Join'));
  },
  'Fn::Split': (argument, resolve) => {
    const [delimiter, source] = list(argument, 'Fn::Split', 2);
    return text(resolve(source ?? null), 'Fn::Split').split(text(delimiter, 'Fn::Split'));
  },
  'Fn::FindInMap': (argument, resolve, scope) => {
    const [map, first, second] = list(argument, 'Fn::FindInMap', 3).map((key) =>
      text(resolve(key), 'Fn::FindInMap'),
    );
    return scope.mapping(map ?? '', first ?? '', second ?? '');
  },
  'Fn::ImportValue': (name, resolve, scope) =>
    scope.importValue(text(resolve(name), 'Fn::ImportValue')),
  'Fn::GetStackOutput': (argument, resolve, scope) => {
    const { StackName, OutputName, Region } = objectOf(resolve(argument));
    return scope.stackOutput(
      text(StackName, 'Fn::GetStackOutput'),
      text(OutputName, 'Fn::GetStackOutput'),
      text(Region ?? scope.region, 'Fn::GetStackOutput'),
    );
  },
  'Fn::GetAZs': (region, resolve, scope) => {
    const name = text(resolve(region), 'Fn::GetAZs') || scope.region;
    return ['a', 'b', 'c'].map((zone) => `${name}${zone}`);
  },
  'Fn::Base64': (value, resolve) =>
    Buffer.from(text(resolve(value), 'Fn::Base64')).toString('base64'),
  'Fn::Equals': (argument, resolve) => {
    const [left, right] = list(argument, 'Fn::Equals', 2).map(resolve);
    return JSON.stringify(left) === JSON.stringify(right);
  },
  'Fn::Not': (argument, resolve) => !truth(resolve(list(argument, 'Fn::Not', 1)[0] ?? null)),
  'Fn::And': (argument, resolve) => list(argument, 'Fn::And').every((item) => truth(resolve(item))),
  'Fn::Or': (argument, resolve) => list(argument, 'Fn::Or').some((item) => truth(resolve(item))),
};

const functionCall = (value: JsonObject): readonly [string, Json] | undefined => {
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [name, argument] = entry;
  // A property may be called `Condition`; as a function it names one.
  const isCall =
    name === 'Ref' ||
    name.startsWith('Fn::') ||
    (name === 'Condition' && typeof argument === 'string');
  return isCall ? [name, argument] : undefined;
};

/**
 * The value with every intrinsic function replaced by its result; `undefined` when it is
 * `AWS::NoValue`.
 *
 * @throws {Error} that names the part that cannot be resolved. No function is left in the value.
 */
export const resolveValue = (value: Json, scope: Scope): Json | undefined => {
  const resolve: Resolve = (inner) => resolveValue(inner, scope);
  if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined);
  if (typeof value === 'string' && value.includes('{{resolve:')) {
    return refuse(`the dynamic reference ${value} is not known here`);
  }
  if (!isObject(value)) return value;
  const call = functionCall(value);
  if (!call) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        const resolved = resolve(inner);
        return resolved === undefined ? [] : [[key, resolved]];
      }),
    );
  }
  const [name, argument] = call;
  const intrinsic =
    (Object.hasOwn(intrinsics, name) && intrinsics[name]) ||
    refuse(`the function ${name} is not known here`);
  return intrinsic(argument, resolve, scope);
};

/** The logical ids and parameters that a value refers to, resolved or not. */
export const referencesIn = (value: Json): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'Fn::GetAtt') {
      const id = typeof inner === 'string' ? inner.split('.')[0] : Array.isArray(inner) && inner[0];
      return typeof id === 'string' ? [id] : [];
    }
    const template = key === 'Fn::Sub' ? (Array.isArray(inner) ? inner[0] : inner) : undefined;
    const named =
      typeof template === 'string'
        ? [...template.matchAll(substitutePattern)].map(
            ([, , name = '']) => name.split('.')[0] ?? '',
          )
        : [];
    return [...named, ...referencesIn(inner)];
  });
};
