/** Whether an object is made of fields only: it has the prototype of an object literal, or none. */
const isPlain = (value: object): boolean => {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

const classOf = (value: object): string => `${value.constructor?.name || 'a class'}`;

/**
 * The text of an object that has one of its own, such as a URL or a regular expression, whose
 * fields are hidden.
 */
const ownText = (value: object): string | undefined => {
  const { toString: own } = value as { readonly toString?: unknown };
  return typeof own !== 'function' || own === Object.prototype.toString ? undefined : `${value}`;
};

/** Fields of an error that are not enumerable; its stack differs wherever it is made. */
const errorFields = ['name', 'message', 'cause', 'errors'] as const;

const fieldsOf = (value: object): readonly (readonly [string | symbol, unknown])[] => {
  const keys = Reflect.ownKeys(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  const named: readonly (string | symbol)[] =
    value instanceof Error ? [...new Set([...errorFields, ...keys])] : keys;
  return named
    .map((key) => [key, (value as Record<string | symbol, unknown>)[key]] as const)
    .filter(([, part]) => part !== undefined);
};

const identifier = /^[A-Za-z_$][\w$]*$/;

const elementsOf = (value: object): readonly unknown[] | undefined => {
  if (Array.isArray(value)) return value;
  if (value instanceof Set) return [...value];
  if (value instanceof DataView) {
    return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  }
  if (ArrayBuffer.isView(value)) return [...(value as unknown as Iterable<unknown>)];
  return value instanceof ArrayBuffer ? [...new Uint8Array(value)] : undefined;
};

/**
 * Creates a function that writes values for people, so that two texts of it are equal only where
 * the values are.
 *
 * Fields are compared in any order, and a field that is `undefined` is absent. A value inside
 * itself is written as the number of levels up to it. Functions, symbols and objects that show
 * nothing of themselves are equal only to themselves. Private fields (`#amount`) of an object are
 * not seen unless its `toString` writes them.
 */
export const createShow = (): ((value: unknown) => string) => {
  const identities = new Map<unknown, number>();

  const identified = (value: unknown): string => {
    const known = identities.get(value) ?? identities.size + 1;
    identities.set(value, known);
    return `#${known}`;
  };

  /** @param outer the values that this one is inside of, from the outermost */
  const show = (value: unknown, outer: readonly unknown[]): string => {
    const indent = `\n${'  '.repeat(outer.length)}`;
    const inner = `${indent}  `;
    const shown = (part: unknown): string => show(part, [...outer, value]);
    const block = (open: string, parts: readonly string[], close: string): string =>
      parts.length === 0 ? open + close : open + inner + parts.join(`,${inner}`) + indent + close;
    const fieldsIn = (fields: ReturnType<typeof fieldsOf>): readonly string[] =>
      fields
        .map(([key, part]) => {
          if (typeof key === 'symbol') return `[${shown(key)}]: ${shown(part)}`;
          return `${identifier.test(key) ? key : JSON.stringify(key)}: ${shown(part)}`;
        })
        .sort();
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'symbol') return `${String(value)} ${identified(value)}`;
    if (typeof value === 'function') return `function ${value.name} ${identified(value)}`;
    if (typeof value !== 'object' || value === null) {
      return Object.is(value, -0) ? '-0' : String(value);
    }
    const level = outer.indexOf(value);
    if (level >= 0) return `circular, levels up: ${outer.length - level}`;
    if (value instanceof Date) return `${classOf(value)}(${value.toJSON()})`;
    if (value instanceof Map) {
      const pairs = [...value].map(([key, part]) => `${shown(key)} => ${shown(part)}`);
      return block(`${classOf(value)} {`, pairs, '}');
    }
    const elements = elementsOf(value);
    if (elements) {
      const name = classOf(value);
      return block(name === 'Array' ? '[' : `${name} [`, elements.map(shown), ']');
    }
    const fields = fieldsOf(value);
    if (isPlain(value)) return block('{', fieldsIn(fields), '}');
    const text = value instanceof Error ? undefined : ownText(value);
    if (text === undefined && fields.length === 0) {
      return `${classOf(value)} ${identified(value)}, which shows no fields`;
    }
    const name = text === undefined ? classOf(value) : `${classOf(value)}(${text})`;
    return block(`${name} {`, fieldsIn(fields), '}');
  };

  return (value) => show(value, []);
};
