import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Attributes, type Names } from './expression.ts';
import { parseTemplate } from './language.ts';

type Tree = Readonly<Record<string, unknown>>;

/** Its declarations bring the types of browsers into every test, so that they are not used. */
const { parse } = createRequire(import.meta.url)('@cdktn/hcl2json') as {
  readonly parse: (name: string, text: string) => Promise<Tree>;
};

/** A block as `hcl2json` gives it: its attributes as templates, and its blocks as lists. */
export type Block = Tree;

/** The blocks of a folder, by their kinds and labels. */
export type ModuleBlocks = {
  readonly resource: Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>;
  readonly data: Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>;
  readonly variable: Readonly<Record<string, readonly Block[]>>;
  readonly output: Readonly<Record<string, readonly Block[]>>;
  readonly module: Readonly<Record<string, readonly Block[]>>;
  readonly locals: Tree;
};

/** Reads the blocks and the attributes of a text. */
export const parseFile = (name: string, text: string): Promise<Tree> => parse(name, text);

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mergeTrees = (one: Tree, other: Tree): Tree =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => {
      const [left, right] = [one[name], other[name]];
      return [name, isTree(left) && isTree(right) ? mergeTrees(left, right) : (right ?? left)];
    }),
  );

/** Reads the files of a module. */
export const readModule = async (folder: string): Promise<ModuleBlocks> => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tf'));
  const none = { resource: {}, data: {}, variable: {}, output: {}, module: {}, locals: {} };
  let blocks: Tree = none;
  for (const name of files) {
    const { locals = [], ...others } = await parse(name, readFileSync(join(folder, name), 'utf8'));
    const values = Object.assign({}, ...(locals as readonly Tree[])) as Tree;
    blocks = mergeTrees(blocks, { ...others, locals: values });
  }
  return blocks as ModuleBlocks;
};

/** A resource with the values of its arguments. */
export type Planned = {
  readonly address: string;
  readonly type: string;
  readonly region: string;
  readonly values: Tree;
  /** Whether Terraform refuses to destroy it. */
  readonly preventsDestroy: boolean;
};

/** Attributes that AWS or Terraform gives to a resource, from its arguments. */
export type Computed = (
  type: string,
  attribute: string,
  argument: (name: string) => unknown,
  place: { readonly address: string; readonly region: string },
) => unknown;

const preventsDestroy = ({ lifecycle = [] }: Block): boolean =>
  (lifecycle as readonly Tree[]).some((block) => block['prevent_destroy'] === true);

/** Arguments that say how Terraform treats a resource. */
const metaArguments = new Set(['for_each', 'depends_on', 'lifecycle', 'provider', 'dynamic']);

const evaluate = (value: unknown, names: Names): unknown => {
  if (typeof value === 'string') return parseTemplate(value)(names);
  if (Array.isArray(value)) return value.map((item) => evaluate(item, names));
  if (!isTree(value)) return value;
  const { dynamic, ...others } = value;
  const entries = Object.entries(others).map(
    ([name, inner]) => [String(evaluate(name, names)), evaluate(inner, names)] as const,
  );
  return { ...Object.fromEntries(entries), ...(isTree(dynamic) ? expand(dynamic, names) : {}) };
};

/** The blocks that `dynamic` makes. */
const expand = (dynamic: Tree, names: Names): Tree =>
  Object.fromEntries(
    Object.entries(dynamic).map(([label, blocks]) => {
      const [{ for_each: collection, content }] = blocks as readonly [Tree];
      const items = Object.entries(evaluate(collection, names) as object);
      const made = items.map(([key, value]) => {
        const inside: Names = (name) => (name === label ? { key, value } : names(name));
        return evaluate((content as readonly Tree[])[0], inside);
      });
      return [label, made];
    }),
  );

export type Evaluated = {
  readonly resources: readonly Planned[];
  readonly output: (name: string) => unknown;
};

/**
 * The resources of a module and of those that it calls, with the values of their arguments, as far
 * as the module uses Terraform's language. Another construct is an error.
 *
 * @param regions by the names of providers, such as `aws.primary`; `aws` in a module that is called
 */
export const evaluateModule = (
  folders: Readonly<Record<string, ModuleBlocks>>,
  path: string,
  given: Tree,
  {
    regions,
    computed,
    data,
    prefix = '',
  }: {
    readonly regions: Readonly<Record<string, string>>;
    readonly computed: Computed;
    readonly data: Tree;
    readonly prefix?: string;
  },
): Evaluated => {
  const blocks = folders[path];
  if (blocks === undefined) throw new Error(`The module ${path} was not read`);
  const locals = new Map<string, unknown>();
  const local = new Attributes((name) => {
    if (!Object.hasOwn(blocks.locals, name)) throw new Error(`No local.${name} in ${path}`);
    if (!locals.has(name)) locals.set(name, evaluate(blocks.locals[name], names));
    return locals.get(name);
  });
  const variables = new Attributes((name) => {
    const [declared] = blocks.variable[name] ?? [];
    if (declared === undefined) throw new Error(`No var.${name} in ${path}`);
    if (Object.hasOwn(given, name)) return given[name];
    if (!Object.hasOwn(declared, 'default')) throw new Error(`${path} needs ${name}`);
    return declared['default'];
  });
  const regionOf = (block: Block): string => {
    const [, provider = 'aws'] = /^\$\{(.*)\}$/.exec(String(block['provider'] ?? '')) ?? [];
    const region = regions[provider];
    if (region === undefined) throw new Error(`${path} has no provider ${provider}`);
    return region;
  };
  const instance = (type: string, block: Block, address: string, inside: Names): Attributes =>
    new Attributes((name) => {
      const argument = (one: string) =>
        Object.hasOwn(block, one) ? evaluate(block[one], inside) : null;
      const value = argument(name);
      const place = { address, region: type === 'terraform_data' ? '' : regionOf(block) };
      return value ?? computed(type, name, argument, place);
    });
  const keysOf = (block: Block): Readonly<Record<string, Names>> | undefined => {
    if (block['for_each'] === undefined) return undefined;
    const entries = Object.entries(evaluate(block['for_each'], names) as object);
    return Object.fromEntries(
      entries.map(([key, value]) => [
        key,
        (name: string) => (name === 'each' ? { key, value } : names(name)),
      ]),
    );
  };
  const resource = (type: string) =>
    new Attributes((name) => {
      const [block] = blocks.resource[type]?.[name] ?? [];
      if (block === undefined) throw new Error(`No ${type}.${name} in ${path}`);
      const keys = keysOf(block);
      const address = `${prefix}${type}.${name}`;
      if (keys === undefined) return instance(type, block, address, names);
      return new Attributes((key) => {
        const inside = keys[key];
        if (inside === undefined) throw new Error(`${address} has no key ${key}`);
        return instance(type, block, `${address}["${key}"]`, inside);
      });
    });
  const called = new Map<string, Evaluated>();
  const callOf = (name: string): Evaluated => {
    const [block] = blocks.module[name] ?? [];
    if (block === undefined) throw new Error(`No module.${name} in ${path}`);
    const known = called.get(name);
    if (known) return known;
    const { source, providers, depends_on: _, ...values } = block;
    const passed = Object.entries(providers as Readonly<Record<string, string>>).map(
      ([inner, outer]) => [inner, regions[outer.slice(2, -1)] ?? ''] as const,
    );
    const made = evaluateModule(
      folders,
      join(path, String(source)),
      evaluate(values, names) as Tree,
      {
        ...{ regions: Object.fromEntries(passed), computed, data },
        prefix: `${prefix}module.${name}.`,
      },
    );
    called.set(name, made);
    return made;
  };
  const names: Names = (name) => {
    if (name === 'var') return variables;
    if (name === 'local') return local;
    if (name === 'data') return data;
    if (name === 'module') {
      return new Attributes((one) => new Attributes((output) => callOf(one).output(output)));
    }
    if (blocks.resource[name] !== undefined) return resource(name);
    throw new Error(`Nothing is named ${name} in ${path}`);
  };
  const argumentsOf = (block: Block, inside: Names): Tree => {
    const own = Object.entries(block).filter(([name]) => !metaArguments.has(name));
    const dynamic = isTree(block['dynamic']) ? expand(block['dynamic'], inside) : {};
    return { ...(evaluate(Object.fromEntries(own), inside) as Tree), ...dynamic };
  };
  const planned = Object.entries(blocks.resource).flatMap(([type, byName]) =>
    Object.entries(byName).flatMap(([name, [block = {}]]) => {
      const address = `${prefix}${type}.${name}`;
      const region = type === 'terraform_data' ? '' : regionOf(block);
      const keys = keysOf(block);
      const common = { type, region, preventsDestroy: preventsDestroy(block) };
      if (keys === undefined) return [{ ...common, address, values: argumentsOf(block, names) }];
      return Object.entries(keys).map(([key, inside]) => ({
        ...{ ...common, address: `${address}["${key}"]`, values: argumentsOf(block, inside) },
      }));
    }),
  );
  const nested = Object.keys(blocks.module).flatMap((name) => callOf(name).resources);
  return {
    resources: [...planned, ...nested],
    output: (name) => evaluate(blocks.output[name]?.[0]?.['value'], names),
  };
};
