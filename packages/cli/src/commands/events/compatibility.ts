import { boundProblems } from './compatibility-bounds.ts';
import {
  branchesOf,
  canonical,
  isAnnotation,
  merged,
  type Node,
  nodeOf,
  type SchemaProblem,
  typesOf,
  valuesOf,
} from './schema-node.ts';

/** Keywords that are compared one by one below. */
const understood = new Set([
  ...['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref', '$defs', 'definitions'],
  ...['properties', 'required', 'additionalProperties', 'propertyNames', 'items'],
  ...['additionalItems', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
  ...['pattern', 'format', 'multipleOf', 'uniqueItems'],
]);

/** Both sides of a comparison, and the root of each for its references. */
type Sides = { readonly writerRoot: Node; readonly readerRoot: Node };

const problem = (path: string, message: string): SchemaProblem => ({ path, message });

const shown = (values: Iterable<string>): string => [...values].join(' or ');

const typeProblems = (writer: Node, reader: Node, path: string): readonly SchemaProblem[] => {
  const [written, read] = [typesOf(writer), typesOf(reader)];
  if (read === undefined) return [];
  if (written === undefined)
    return [problem(path, `may have any type, and must be ${shown(read)}`)];
  const refused = [...written].filter(
    (type) => !read.has(type) && !(type === 'integer' && read.has('number')),
  );
  if (refused.length === 0) return [];
  return [problem(path, `may be ${shown(refused)}, and must be ${shown(read)}`)];
};

const valueProblems = (writer: Node, reader: Node, path: string): readonly SchemaProblem[] => {
  const read = valuesOf(reader)?.map(canonical);
  if (read === undefined) return [];
  const written = valuesOf(writer)?.map(canonical);
  if (written === undefined) {
    return [problem(path, `may have any value, and must be ${shown(read)}`)];
  }
  const refused = written.filter((value) => !read.includes(value));
  if (refused.length === 0) return [];
  return [problem(path, `may be ${shown(refused)}, and must be ${shown(read)}`)];
};

/** A keyword that this comparison does not know must not change. */
const unknownProblems = (writer: Node, reader: Node, path: string): readonly SchemaProblem[] =>
  Object.keys(reader)
    .filter((keyword) => !understood.has(keyword) && !isAnnotation(keyword))
    .filter((keyword) => canonical(writer[keyword]) !== canonical(reader[keyword]))
    .map((keyword) =>
      problem(path, `has another ${keyword}, which this check does not understand`),
    );

const fieldOf = (path: string, name: string): string => `${path}.${name}`;

type Properties = Readonly<Record<string, unknown>>;

const propertiesOf = ({ properties }: Node): Properties =>
  typeof properties === 'object' && properties !== null ? (properties as Properties) : {};

const requiredOf = ({ required }: Node): readonly string[] =>
  Array.isArray(required) ? required.map(String) : [];

const objectProblems = (
  writer: Node,
  reader: Node,
  path: string,
  compare: Compare,
): readonly SchemaProblem[] => {
  const [written, read] = [propertiesOf(writer), propertiesOf(reader)];
  const given = new Set(requiredOf(writer));
  const missing = requiredOf(reader)
    .filter((name) => !given.has(name))
    .map((name) => problem(fieldOf(path, name), 'may be absent, and is required'));
  // A writer writes the fields that its schema names, and others only where it says so.
  const others = writer['additionalProperties'];
  const fields = Object.entries(written).flatMap(([name, schema]) =>
    Object.hasOwn(read, name)
      ? compare(schema, read[name], fieldOf(path, name))
      : unnamed(schema, reader, fieldOf(path, name), compare),
  );
  if (others === undefined || others === false) return [...missing, ...fields];
  const unwritten = Object.entries(read)
    .filter(([name]) => !Object.hasOwn(written, name))
    .flatMap(([name, schema]) => compare(others, schema, fieldOf(path, name)));
  return [...missing, ...fields, ...unwritten, ...unnamed(others, reader, `${path}[…]`, compare)];
};

/** A field that the reader does not name. Most readers ignore it. */
const unnamed = (
  schema: unknown,
  { additionalProperties: others = true }: Node,
  path: string,
  compare: Compare,
): readonly SchemaProblem[] => compare(schema, others, path);

const itemOf = ({ items, additionalItems }: Node, at: number): unknown => {
  if (!Array.isArray(items)) return items ?? true;
  return at < items.length ? items[at] : (additionalItems ?? true);
};

const arrayProblems = (
  writer: Node,
  reader: Node,
  path: string,
  compare: Compare,
): readonly SchemaProblem[] => {
  const lengthOf = ({ items }: Node): number => (Array.isArray(items) ? items.length : 0);
  const positions = Math.max(lengthOf(writer), lengthOf(reader));
  // The last position stands for all that follow.
  return Array.from({ length: positions + 1 }, (_, at) => at).flatMap((at) => {
    const place = at < positions ? `${path}[${at}]` : `${path}[]`;
    return compare(itemOf(writer, at), itemOf(reader, at), place);
  });
};

type Compare = (writer: unknown, reader: unknown, path: string) => readonly SchemaProblem[];

const plainProblems = (
  writer: Node,
  reader: Node,
  path: string,
  compare: Compare,
): readonly SchemaProblem[] => {
  const types = typesOf(writer);
  const may = (type: string): boolean => types === undefined || types.has(type);
  return [
    ...typeProblems(writer, reader, path),
    ...valueProblems(writer, reader, path),
    ...boundProblems(writer, reader, path),
    ...unknownProblems(writer, reader, path),
    ...(may('object') ? objectProblems(writer, reader, path, compare) : []),
    ...(may('array') ? arrayProblems(writer, reader, path, compare) : []),
  ];
};

const createCompare = ({ writerRoot, readerRoot }: Sides): Compare => {
  /** Pairs that are being compared, so that a schema that refers to itself ends. */
  const open = new Set<string>();

  const compare: Compare = (writerSchema, readerSchema, path) => {
    if (readerSchema === true || writerSchema === false) return [];
    if (readerSchema === false)
      return [problem(path, 'may be there, and the reader takes no such field')];
    const writer = nodeOf(writerSchema, writerRoot);
    const reader = nodeOf(readerSchema, readerRoot);
    const [written, read] = [canonical(writer), canonical(reader)];
    const pair = `${written}\n${read}`;
    if (open.has(pair)) return [];
    open.add(pair);
    try {
      return compareNodes(writer, reader, path);
    } finally {
      open.delete(pair);
    }
  };

  const compareNodes = (writer: Node, reader: Node, path: string): readonly SchemaProblem[] => {
    const written = branchesOf(writer);
    if (written) {
      return written.flatMap((branch) => compare(merged(writer, branch, writerRoot), reader, path));
    }
    const read = branchesOf(reader);
    if (!read) return plainProblems(writer, reader, path, compare);
    const tried = read.map((branch) => compare(writer, merged(reader, branch, readerRoot), path));
    // The alternative that fits best: none is wrong with one that fits.
    const [best = []] = tried.toSorted((one, other) => one.length - other.length);
    return best;
  };
  return compare;
};

const unique = (problems: readonly SchemaProblem[]): readonly SchemaProblem[] => [
  ...new Map(problems.map((one) => [`${one.path} ${one.message}`, one])).values(),
];

/**
 * Why a reader may refuse data that a writer writes; empty when it takes all of them.
 *
 * The writer's data are those that its schema describes. The comparison covers the JSON Schema that
 * validators write for data of events; a keyword that it does not know must be the same on both
 * sides.
 */
export const refusals = (writer: Node, reader: Node): readonly SchemaProblem[] =>
  unique(createCompare({ writerRoot: writer, readerRoot: reader })(writer, reader, 'data'));
