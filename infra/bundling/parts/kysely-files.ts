import { instead, methods, type Replacement, refuse, replacePart } from './replacement.ts';

/** Takes methods for nodes out of Kysely's compiler, and puts one in their place that refuses. */
export const withoutNodes =
  (part: string, refusal: string, nodes: string): Replacement['replace'] =>
  (source) =>
    `${refuse(part, refusal)}${source.replaceAll(methods(`visit(?:${nodes})`), '')}
    for(const node of'${nodes}'.split('|'))DefaultQueryCompiler.prototype['visit'+node]=${refusal};`;

/**
 * Finds the method of a node by its kind, where Kysely binds all hundred of them for each compiler:
 * the same methods are called, by names that are kept.
 */
export const visitorsByKind: Replacement['replace'] = (source) =>
  `const names={__proto__:null};${replacePart(source, {
    start: '    #visitors = freeze({\n',
    end: '\n    });\n',
  }).replace(
    'this.#visitors[node.kind](node)',
    "this[names[node.kind]??='visit'+node.kind.slice(0,-4)](node)",
  )}`;

/** Nodes that only the schema builder makes. */
export const schemaNodes = [
  'AddColumn|AddConstraint|AddIndex|AddValue|AlterColumn|AlterTable|AlterType|CheckConstraint',
  'ColumnDefinition|CreateIndex|CreateSchema|CreateTable|CreateType|CreateView|DefaultValue',
  'DropColumn|DropConstraint|DropIndex|DropSchema|DropTable|DropType|DropView',
  'ForeignKeyConstraint|Generated|ModifyColumn|PrimaryKeyConstraint|References',
  'RefreshMaterializedView|RenameColumn|RenameConstraint|RenameValue|UniqueConstraint',
].join('|');

export const queryCompiler = {
  package: 'kysely',
  file: 'dist/query-compiler/default-query-compiler.js',
  sha256: '86c50bb5d92cfa0dce8a4ed59e0ad0aa94adb24dd9375cd332f49205bbd4d490',
} as const;

export const kyselyClass = {
  package: 'kysely',
  file: 'dist/kysely.js',
  sha256: 'be0c1b96c8e1b6a9c19c4d89b774ad179d4d801c28d5659cbcf592f971a7136e',
} as const;
export const jsonPathBuilder = {
  package: 'kysely',
  file: 'dist/query-builder/json-path-builder.js',
  sha256: 'd83afb85ce02e2eea260c7fe548f1c5fb55cecc115fc4c9b5ce72a828a0fdb35',
} as const;
export const referenceParser = {
  package: 'kysely',
  file: 'dist/parser/reference-parser.js',
  sha256: '6cd8717ad31a7796fc49269ebf90f2e1280d900ec848dccfad798eef63cc4fdf',
} as const;
export const selectBuilder = {
  package: 'kysely',
  file: 'dist/query-builder/select-query-builder.js',
  sha256: '71d986bdaba7597ce584941a23fb01fd534733aa117c2d22f1d0810bcbc7d2c3',
} as const;
export const insertBuilder = {
  package: 'kysely',
  file: 'dist/query-builder/insert-query-builder.js',
  sha256: 'c0eab58165b1701c3a54ccba8a9f10cbd732141a983338ee9daae32303cef4da',
} as const;
export const updateBuilder = {
  package: 'kysely',
  file: 'dist/query-builder/update-query-builder.js',
  sha256: '04145e7b3710c5f96de5a4026519b1f96bae3cb60596a264b3640274b13b9186',
} as const;
export const deleteBuilder = {
  package: 'kysely',
  file: 'dist/query-builder/delete-query-builder.js',
  sha256: 'dca680a85202660e4a3b07e9b035a65df5ef9a9f1d48fb9cc255d8dc53d9aaf2',
} as const;

/** Leaves out the builder, and the class that it would make. */
export const withoutControlledTransactions: Replacement['replace'] = (source) =>
  `${refuse('kysely/controlled-transactions', 'refuseControlled')}${replacePart(source, {
    start: 'export class ControlledTransactionBuilder {\n',
    end: '\nexport class Command {\n',
    instead: `export class ControlledTransactionBuilder{constructor(){refuseControlled()}}
      export class ControlledTransaction{constructor(){refuseControlled()}}
      export class Command {\n`,
  })}`;

export const withoutJsonReferences: Replacement['replace'] = (source) =>
  `${refuse('kysely/json-paths')}${replacePart(source, {
    start: 'export function parseJSONReference(ref, op) {\n',
    end: '\n}\n',
    instead: 'export function parseJSONReference(){refuse()}\n',
  })}`;

/** Ways of MySQL and SQLite to insert. */
export const foreignInserts =
  'ignore|orIgnore|orAbort|orFail|orReplace|orRollback|onDuplicateKeyUpdate';

/** Clauses of SQL Server. */
export const foreignClauses = 'top|output|outputAll';

/** An order and a limit of an UPDATE or a DELETE, which MySQL has. */
export const foreignOrders = 'orderBy|limit';

/** A node that no builder makes; the compiler still asks whether another is of its kind. */
export const nodeKindOnly = (part: string, name: string, others = ''): Replacement['replace'] =>
  instead(
    part,
    `${others}export const ${name}={is:node=>node.kind==='${name}',create:refuse,cloneWith:refuse};`,
  );
