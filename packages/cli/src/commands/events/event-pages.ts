import type { CatalogueEntry, DeclaredEvents } from './catalogue.ts';
import { branchesOf, type Node, nodeOf, typesOf, valuesOf } from './schema-node.ts';

/** A page for people, and the name of its file. */
export type EventPage = { readonly file: string; readonly text: string };

type Field = { readonly name: string; readonly required: boolean; readonly schema: Node };

/** Levels of fields that a page lists; a schema may refer to itself. */
const levelsMax = 6;

const objectOf = (value: unknown): Node =>
  typeof value === 'object' && value !== null ? (value as Node) : {};

const fieldsOf = (schema: Node, root: Node, prefix = '', level = 0): readonly Field[] => {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(objectOf(schema['properties']))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([own, value]) => {
      const field = nodeOf(value, root);
      const name = `${prefix}${own}`;
      const items = Array.isArray(field['items']) ? {} : nodeOf(field['items'], root);
      const below =
        level >= levelsMax
          ? []
          : [
              ...fieldsOf(field, root, `${name}.`, level + 1),
              ...fieldsOf(items, root, `${name}[].`, level + 1),
            ];
      return [{ name, required: required.includes(own), schema: field }, ...below];
    });
};

const json = (value: unknown): string => JSON.stringify(value);

const typeText = (schema: Node, root: Node): string => {
  const values = valuesOf(schema);
  if (values) return values.map(json).join(' or ');
  const branches = branchesOf(schema);
  if (branches) return branches.map((branch) => typeText(nodeOf(branch, root), root)).join(' or ');
  const types = typesOf(schema);
  if (!types) return 'any';
  const { items } = schema;
  const of = types.has('array') && items !== undefined && !Array.isArray(items);
  return [...types].join(' or ') + (of ? ` of ${typeText(nodeOf(items, root), root)}` : '');
};

/** The rules that a page shows, with their words. */
const ruleWords: readonly (readonly [keyword: string, words: string])[] = [
  ['format', 'format'],
  ['pattern', 'pattern'],
  ['minimum', 'at least'],
  ['maximum', 'at most'],
  ['exclusiveMinimum', 'more than'],
  ['exclusiveMaximum', 'less than'],
  ['multipleOf', 'a multiple of'],
  ['minLength', 'characters at least'],
  ['maxLength', 'characters at most'],
  ['minItems', 'items at least'],
  ['maxItems', 'items at most'],
];

/** Bounds of a number that JavaScript itself has say nothing. */
const isOwnBound = (value: unknown): boolean =>
  typeof value === 'number' && Math.abs(value) === Number.MAX_SAFE_INTEGER;

const notesOf = (schema: Node): string => {
  const rules = ruleWords
    .filter(([keyword]) => schema[keyword] !== undefined && !isOwnBound(schema[keyword]))
    .map(([keyword, words]) => `${words} ${schema[keyword]}`);
  const { description } = schema;
  return [...(typeof description === 'string' ? [description] : []), ...rules].join('; ');
};

/** A cell of a table. A bar would end it. */
const cell = (value: string): string => value.replaceAll('|', '\\|').replaceAll('\n', ' ');

const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const versionsOf = ({ version, oldestVersion }: CatalogueEntry): string =>
  oldestVersion === version
    ? `Version ${version}.`
    : `Version ${version}. Readers take events from version ${oldestVersion} on, and get them in version ${version}.`;

const scopeOf = ({ scope }: CatalogueEntry): string =>
  scope === 'all-regions'
    ? 'It is published in its Region of origin, and copied to the bus of the other Region.'
    : 'It is published in its Region of origin only.';

const readersOf = ({ readers }: CatalogueEntry): readonly string[] =>
  readers.length === 0
    ? ['No consumer of this service listens to it.']
    : readers.map(({ name, ofOtherRegion }) =>
        ofOtherRegion ? `- \`${name}\`: copies of the other Region` : `- \`${name}\``,
      );

const pageOf = (service: DeclaredEvents, entry: CatalogueEntry): string => {
  const { type, description, schema, omitted } = entry;
  const fields = fieldsOf(nodeOf(schema, schema), schema).map((field) =>
    row(
      `\`${field.name}\``,
      typeText(field.schema, schema),
      field.required ? 'yes' : 'no',
      notesOf(field.schema),
    ),
  );
  return [
    ...[`# ${type}`, ''],
    ...(description === undefined ? [] : [description, '']),
    ...[versionsOf(entry), scopeOf(entry), `Its source is \`${service.source}\`.`, ''],
    ...['## Data', ''],
    ...(fields.length === 0
      ? [`It is ${typeText(nodeOf(schema, schema), schema)}.`]
      : [row('field', 'type', 'always there', 'rules'), '|---|---|---|---|', ...fields]),
    ...(omitted.length === 0
      ? []
      : [
          '',
          `The service also checks rules that a schema cannot show: ${[...new Set(omitted)].join(', ')}.`,
        ]),
    ...['', '## Consumers', '', ...readersOf(entry), ''],
  ].join('\n');
};

const indexOf = (service: DeclaredEvents, entries: readonly CatalogueEntry[]): string =>
  [
    ...[`# Events of ${service.name}`, ''],
    ...(entries.length === 0
      ? ['It declares no events.']
      : [
          row('event', 'version', 'description'),
          '|---|---|---|',
          ...entries.map((entry) =>
            row(
              `[${entry.type}](${encodeURIComponent(fileOf(entry))})`,
              String(entry.version),
              entry.description ?? '',
            ),
          ),
        ]),
    '',
  ].join('\n');

const fileOf = ({ type }: CatalogueEntry): string => `${encodeURIComponent(type)}.md`;

/** A page for each event of a service, and an index, in Markdown. */
export const eventPages = (
  service: DeclaredEvents,
  entries: readonly CatalogueEntry[],
): readonly EventPage[] => [
  { file: 'README.md', text: indexOf(service, entries) },
  ...entries.map((entry) => ({ file: fileOf(entry), text: pageOf(service, entry) })),
];
