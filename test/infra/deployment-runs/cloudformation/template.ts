import { isBranch, type Template as KnownTemplate, type Resource } from '../../support/template.ts';

/** The parts of a template that these runs look at. */
export type Template = Omit<KnownTemplate, 'Outputs'> & {
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>
  >;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Rules?: Readonly<
    Record<
      string,
      {
        readonly Assertions: readonly {
          readonly Assert: unknown;
          readonly AssertDescription?: string;
        }[];
      }
    >
  >;
};

/** Values that the intrinsic functions of one stack lead to. */
export type Values = {
  readonly ref: (logicalId: string) => unknown;
  readonly attribute: (logicalId: string, name: string) => unknown;
  /** Whether a condition of the template holds. */
  readonly condition: (name: string) => boolean;
  /** The value that a stack of the same Region exports under a name. */
  readonly imported: (name: string) => unknown;
  /** An output of another stack of the app. */
  readonly output: (stack: string, region: string, name: string) => unknown;
};

const asText = (value: unknown): string => String(value);

/** The value of `AWS::NoValue`, which takes its property away. */
const noValue = Symbol('AWS::NoValue');

/** Whether an expression of a condition, or of an assertion, holds. */
export const holds = (expression: unknown, values: Values): boolean => {
  const [[name, argument] = ['', undefined]] = Object.entries(expression ?? {});
  const parts = argument as readonly unknown[];
  switch (name) {
    case 'Fn::Equals':
      return resolve(parts[0], values) === resolve(parts[1], values);
    case 'Fn::Not':
      return !holds(parts[0], values);
    case 'Fn::And':
      return parts.every((part) => holds(part, values));
    case 'Fn::Or':
      return parts.some((part) => holds(part, values));
    case 'Condition':
      return values.condition(asText(argument));
    default:
      throw new Error(`These runs do not know the condition ${name}`);
  }
};

const resolveCall = (name: string, argument: unknown, values: Values): unknown => {
  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? noValue : values.ref(asText(argument));
    case 'Fn::If': {
      const [condition, then, otherwise] = argument as [string, unknown, unknown];
      return resolve(values.condition(condition) ? then : otherwise, values);
    }
    case 'Fn::GetAtt': {
      const [logicalId, attribute] = Array.isArray(argument)
        ? argument
        : asText(argument).split('.', 2);
      return values.attribute(asText(logicalId), asText(attribute));
    }
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown];
      return (resolve(parts, values) as unknown[]).map(asText).join(separator);
    }
    case 'Fn::ImportValue':
      return values.imported(asText(argument));
    case 'Fn::GetStackOutput': {
      const { StackName, Region, OutputName } = argument as Record<string, string>;
      return values.output(StackName ?? '', Region ?? '', OutputName ?? '');
    }
    case 'Fn::Sub':
      return asText(argument).replace(/\$\{([^}.]+)(?:\.([^}]+))?\}/g, (_, id, attribute) =>
        asText(attribute === undefined ? values.ref(id) : values.attribute(id, attribute)),
      );
    default:
      throw new Error(`These runs do not know ${name}`);
  }
};

/** A value of a template without its intrinsic functions. */
export const resolve = (value: unknown, values: Values): unknown => {
  if (Array.isArray(value)) {
    return value.map((one) => resolve(one, values)).filter((one) => one !== noValue);
  }
  if (!isBranch(value)) return value;
  const entries = Object.entries(value);
  const [[name, argument] = ['', undefined]] = entries;
  if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) {
    return resolveCall(name, argument, values);
  }
  return Object.fromEntries(
    entries
      .map(([key, inner]) => [key, resolve(inner, values)] as const)
      .filter(([, inner]) => inner !== noValue),
  );
};

const mentioned = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(mentioned);
  if (!isBranch(value)) return [];
  return Object.entries(value).flatMap(([name, argument]) => {
    if (name === 'Ref') return [asText(argument)];
    if (name === 'Fn::GetAtt') {
      return [asText(Array.isArray(argument) ? argument[0] : asText(argument).split('.')[0])];
    }
    if (name === 'Fn::Sub') {
      return [...asText(argument).matchAll(/\$\{([^}.]+)/g)].map(([, id = '']) => id);
    }
    return mentioned(argument);
  });
};

const dependenciesOf = ({ Properties, DependsOn = [] }: Resource): readonly string[] => [
  ...mentioned(Properties),
  ...[DependsOn].flat(),
];

/** The logical ids in an order in which they can be created. */
export const creationOrder = ({ Resources }: Template): readonly string[] => {
  const order = new Set<string>();
  const visit = (logicalId: string): void => {
    const resource = Resources[logicalId];
    if (resource === undefined || order.has(logicalId)) return;
    for (const dependency of dependenciesOf(resource)) {
      if (dependency !== logicalId) visit(dependency);
    }
    order.add(logicalId);
  };
  for (const logicalId of Object.keys(Resources)) visit(logicalId);
  return [...order];
};
