import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** The file whose one class compiles every kind of node, so that nothing of it can be left out as unused. */
const queryCompiler = /[\\/]kysely[\\/]dist[\\/]query-compiler[\\/]default-query-compiler\.js$/;

/** What only the schema builder makes, which bundles do not have; and MERGE, which DSQL does not have. */
const schemaNodes = [
  'AddColumn|AddConstraint|AddIndex|AddValue|AlterColumn|AlterTable|AlterType|CheckConstraint',
  'ColumnDefinition|CreateIndex|CreateSchema|CreateTable|CreateType|CreateView|DefaultValue',
  'DropColumn|DropConstraint|DropIndex|DropSchema|DropTable|DropType|DropView',
  'ForeignKeyConstraint|Generated|Matched|MergeQuery|ModifyColumn|PrimaryKeyConstraint|References',
  'RefreshMaterializedView|RenameColumn|RenameConstraint|RenameValue|UniqueConstraint',
].join('|');

/** A method as TypeScript prints it, from its name to the brace in its own column. */
const methodOf = new RegExp(
  String.raw`^( +)(visit(?:${schemaNodes}))\([^)]*\) \{\n[\s\S]*?^\1\}\n`,
  'gm',
);

const refuse =
  "const refuse=()=>{throw new Error('The statements of Kysely\\'s schema builder are left out of bundles')};\n";

/** The compiler without the bodies of those methods; as it is where it is printed in another way. */
const withoutSchema = (source: string): string =>
  refuse + source.replaceAll(methodOf, '$1$2(){refuse()}\n');

/** Leaves out of Kysely's compiler what no query of a function can need: a tenth of what Kysely is. */
export const queryCompilerOnly: Plugin = {
  name: 'antipode-query-compiler-only',
  setup: (build) => {
    build.onLoad({ filter: queryCompiler }, async ({ path }) => ({
      contents: withoutSchema(await readFile(path, 'utf8')),
      loader: 'js',
    }));
  },
};
