import { functionIn, isList, isObject, isSame, type Json, type JsonObject } from './json.ts';

/**
 * A parameter whose values have been synthesized one by one: a `switch` is on in the base and off
 * in its one variant, a `choice` has a variant for each other value.
 */
export type Varied = {
  readonly name: string;
  readonly kind: 'switch' | 'choice';
  /** The value of the base. */
  readonly base: string;
};

/** A template, or a part of it, with one parameter at another value. */
export type Variant = {
  readonly by: Varied;
  readonly value: string;
  readonly node: Json | undefined;
};

/** The parts of a template that its parameters need. */
export type Merged = {
  readonly node: Json;
  /** By their names. */
  readonly conditions: Readonly<Record<string, JsonObject>>;
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Readonly<JsonObject>>>>>;
  /** Marks in the texts of `node`, and the functions that they stand for. */
  readonly marks: ReadonlyMap<string, JsonObject>;
};

/** The condition that holds while a switch is on. */
export const conditionOf = (name: string): string => `${name}IsOn`;

const noValue = { Ref: 'AWS::NoValue' };

/** Sections whose entries have a `Condition` of their own. */
const conditional = new Set(['Resources', 'Outputs']);

type Path = readonly string[];

type Known = {
  readonly conditions: Record<string, JsonObject>;
  readonly mappings: Record<string, Record<string, Record<string, Json>>>;
  readonly marks: Map<string, JsonObject>;
};

const refuse = (path: Path, reason: string): never => {
  throw new Error(`${path.join('.')} ${reason}: make one of them an option of the build`);
};

const parametersOf = (variants: readonly Variant[]): readonly Varied[] => [
  ...new Set(variants.map(({ by }) => by)),
];

const pascalCase = (text: string): string =>
  text
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const rest = word === word.toUpperCase() ? word.slice(1).toLowerCase() : word.slice(1);
      return `${word[0]?.toUpperCase()}${rest}`;
    })
    .join('');

/** Adds a column to the mapping of a parameter, or finds the one with the same values. */
const columnOf = (known: Known, by: Varied, path: Path, values: ReadonlyMap<string, string>) => {
  known.mappings[by.name] ??= {};
  const mapping = known.mappings[by.name] ?? {};
  const rows = [...values];
  const first = mapping[by.base] ?? {};
  const same = Object.keys(first).find((column) =>
    rows.every(([value, text]) => mapping[value]?.[column] === text),
  );
  if (same !== undefined) return same;
  const wanted = pascalCase(path.findLast((step) => Number.isNaN(Number(step))) ?? 'Value');
  const taken = Object.keys(first).filter(
    (column) => column.startsWith(wanted) && /^\d*$/.test(column.slice(wanted.length)),
  );
  const column = taken.length === 0 ? wanted : `${wanted}${taken.length + 1}`;
  for (const [value, text] of rows) {
    mapping[value] ??= {};
    (mapping[value] ?? {})[column] = text;
  }
  return column;
};

/** A mark in a text for a number that a parameter decides. */
const markOf = (known: Known, by: Varied, path: Path, values: ReadonlyMap<string, string>) => {
  const isItself = [...values].every(([value, text]) => value === text);
  const column = isItself ? undefined : columnOf(known, by, path, values);
  const mark = `\u0001${by.name}${column === undefined ? '' : `.${column}`}\u0002`;
  known.marks.set(
    mark,
    column === undefined
      ? { Ref: by.name }
      : { 'Fn::FindInMap': [by.name, { Ref: by.name }, column] },
  );
  return mark;
};

const numberPattern = /\d+/g;
const skeletonOf = (text: string): string => text.replace(numberPattern, '0');

/** A text whose numbers choices decide. */
const mergeNumbers = (base: Json, variants: readonly Variant[], path: Path, known: Known): Json => {
  const text = String(base);
  const skeleton = skeletonOf(text);
  if (variants.some(({ node }) => skeletonOf(String(node)) !== skeleton)) {
    return refuse(path, 'changes in more than its numbers');
  }
  let at = -1;
  return text.replace(numberPattern, (number) => {
    at += 1;
    const index = at;
    const marks = parametersOf(variants).flatMap((by) => {
      const ofThis = variants.filter((one) => one.by === by);
      const values = new Map([
        [by.base, number],
        ...ofThis.map(({ value, node }) => {
          const numbers = String(node).match(numberPattern) ?? [];
          return [value, numbers[index] ?? ''] as const;
        }),
      ]);
      return new Set(values.values()).size === 1 ? [] : [markOf(known, by, path, values)];
    });
    if (marks.length > 1) refuse(path, 'depends on several parameters in one number');
    return marks[0] ?? number;
  });
};

const isScalar = (value: Json | undefined): boolean =>
  typeof value === 'string' || typeof value === 'number';

/** The items of a list that a variant has too; `undefined` where it has others. */
const keptItems = (base: readonly Json[], other: readonly Json[]): Set<number> | undefined => {
  const kept = new Set<number>();
  let next = 0;
  for (const [at, item] of base.entries()) {
    if (next < other.length && isSame(item, other[next])) {
      kept.add(at);
      next += 1;
    }
  }
  return next === other.length ? kept : undefined;
};

const switchedBy = (variants: readonly Variant[], path: Path): Varied => {
  const [by, ...others] = parametersOf(variants);
  if (by === undefined || others.length > 0) {
    const names = parametersOf(variants).map(({ name }) => name);
    return refuse(path, `depends on ${names.join(' and ')}`);
  }
  return by.kind === 'switch' ? by : refuse(path, `depends on ${by.name} in more than its numbers`);
};

const chooseBy = (by: Varied, whenOn: Json | undefined, whenOff: Json | undefined): Json => ({
  'Fn::If': [conditionOf(by.name), whenOn ?? noValue, whenOff ?? noValue],
});

const mergeList = (
  base: readonly Json[],
  variants: readonly Variant[],
  path: Path,
  known: Known,
): Json => {
  const lists = variants.filter(({ node }) => isList(node) && node.length !== base.length);
  if (lists.length === 0) {
    return base.map((item, at) =>
      mergeNode(
        item,
        variants.map((one) => ({ ...one, node: isList(one.node) ? one.node[at] : one.node })),
        [...path, String(at)],
        known,
      ),
    ) as Json;
  }
  const by = switchedBy(lists, path);
  const [shorter] = lists.map(({ node }) => (isList(node) ? keptItems(base, node) : undefined));
  const others = variants.filter((one) => !lists.includes(one));
  if (shorter === undefined) {
    if (others.some(({ node }) => !isSame(node, base))) switchedBy(variants, path);
    return chooseBy(by, base, lists[0]?.node);
  }
  return base.map((item, at) => {
    const ofItem = others.map((one) => ({
      ...one,
      node: isList(one.node) ? one.node[at] : undefined,
    }));
    const merged = mergeNode(item, ofItem, [...path, String(at)], known);
    return shorter.has(at) ? merged : chooseBy(by, merged, undefined);
  });
};

/** An entry of a section, with the condition under which it is there. */
const mergeConditional = (
  base: Json,
  variants: readonly Variant[],
  path: Path,
  known: Known,
): Json => {
  const absent = variants.filter(({ node }) => node === undefined);
  const present = variants.filter(({ node }) => node !== undefined);
  const merged = mergeNode(base, present, path, known);
  if (absent.length === 0 || !isObject(merged)) return merged;
  if (merged['Condition'] !== undefined) return refuse(path, 'has a condition already');
  const names = parametersOf(absent).map(({ name }) => conditionOf(name));
  const name = names.join('And');
  if (names.length > 1) {
    known.conditions[name] = { 'Fn::And': names.map((Condition) => ({ Condition })) };
  }
  const { Type, ...others } = merged;
  return { ...(Type !== undefined && { Type }), Condition: name, ...others };
};

const mergeObject = (
  base: JsonObject,
  variants: readonly Variant[],
  path: Path,
  known: Known,
): Json => {
  const nodes = variants.map(({ node }) => (isObject(node) ? node : {}));
  const names = new Set([base, ...nodes].flatMap((one) => Object.keys(one)));
  const isSection = path.length === 1 && conditional.has(path[0] ?? '');
  return Object.fromEntries(
    [...names].map((name) => {
      const inner = variants.map((one, at) => ({ ...one, node: nodes[at]?.[name] }));
      const value = base[name];
      const below = [...path, name];
      if (value !== undefined && isSection) {
        return [name, mergeConditional(value, inner, below, known)];
      }
      if (isSection) refuse(below, 'is there only while a switch is off');
      return [name, mergeNode(value, inner, below, known)];
    }),
  );
};

const mergeNode = (
  base: Json | undefined,
  variants: readonly Variant[],
  path: Path,
  known: Known,
): Json => {
  const changed = variants.filter(({ node }) => !isSame(node, base));
  if (base !== undefined && changed.length === 0) return base;
  // A dependency on a resource that is not there is ignored (CloudFormation's guide, `DependsOn`).
  if (path.at(-1) === 'DependsOn' && base !== undefined) return base;
  const nodes = changed.map(({ node }) => node);
  const isCall = (value: Json | undefined) => isObject(value) && functionIn(value) !== undefined;
  const isNumbers = changed.every(({ by }) => by.kind === 'choice');
  if (isObject(base) && nodes.every(isObject) && (isNumbers || ![base, ...nodes].some(isCall))) {
    return mergeObject(base, variants, path, known);
  }
  if (isList(base) && nodes.every(isList)) return mergeList(base, variants, path, known);
  // A table has a row for each value, also for those that give the number of the base.
  if (isNumbers && isScalar(base) && nodes.every(isScalar)) {
    const by = parametersOf(changed);
    return mergeNumbers(
      base ?? null,
      variants.filter((one) => by.includes(one.by)),
      path,
      known,
    );
  }
  return chooseBy(switchedBy(changed, path), base, nodes[0]);
};

/**
 * One template for all values of its parameters: the base, with a condition where a switch adds
 * something, and with a mapping where a choice changes a number.
 *
 * @throws {Error} for a part of the template that no function of CloudFormation can decide
 */
export const mergeVariants = (base: JsonObject, variants: readonly Variant[]): Merged => {
  const known: Known = { conditions: {}, mappings: {}, marks: new Map() };
  const node = mergeNode(base, variants, [], known);
  return { node, ...known };
};
