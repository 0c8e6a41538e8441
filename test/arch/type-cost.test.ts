import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root, run, temporaryFolder } from './tools.ts';

/**
 * Types that TypeScript may instantiate to check a user's program, as an editor does at each
 * keystroke. It was 5,534 when this was written; comparing one Kysely with another, member by
 * member, takes 55,000 more.
 */
const instantiationsMax = 8_000;

/** A dialect that keeps the tables' types has to cost next to nothing beside Kysely's own. */
const shareOfPostgresMax = 1.5;

/** Compiles twice; 4 s here, more on a loaded machine. */
const timeoutMs = 120_000;

const folder = temporaryFolder();
afterAll(folder.remove);

const options = { declaration: true, composite: false, types: ['node'], rootDir: root };

const compile = async (name: string, config: object): Promise<string> => {
  const file = join(folder.path, `${name}.json`);
  const extended = { extends: join(root, 'tsconfig.base.json'), ...config };
  writeFileSync(file, JSON.stringify(extended));
  const { code, output } = await run(folder.path, 'tsc', '-p', file, '--extendedDiagnostics');
  expect(code, output).toBe(0);
  return output;
};

/** A program as somebody writes it who has nothing but the dialect; `dialect` makes it. */
const program = (imports: string, dialect: string): string => `
  import { Kysely } from 'kysely';
  ${imports}
  type Item = { readonly id: string; readonly stock: number; readonly note: string | null };
  type Tables = { readonly items: Item; readonly orders: { readonly id: string; readonly item: string } };
  const db = new Kysely<Tables>({ dialect: ${dialect} });
  export const item = (id: string): Promise<Item | undefined> =>
    db.selectFrom('items').selectAll().where('id', '=', id).executeTakeFirst();
  export const ordered = () => db.selectFrom('orders').innerJoin('items', 'items.id', 'orders.item')
    .select(['orders.id', 'items.stock']).where('items.note', 'is', null).execute();
  export const order = (id: string, item: string) => db.transaction().execute(async (transaction) => {
    await transaction.updateTable('items').set((eb) => ({ stock: eb('stock', '-', 1) })).execute();
    await transaction.insertInto('orders').values({ id, item }).execute();
  });`;

const instantiationsOf = async (name: string, text: string): Promise<number> => {
  writeFileSync(join(folder.path, `${name}.ts`), text);
  const { rootDir: _, ...rest } = options;
  const compilerOptions = { ...rest, declaration: false, noEmit: true };
  const output = await compile(name, { compilerOptions, files: [`${name}.ts`] });
  return Number(/^Instantiations:\s+(\d+)/m.exec(output)?.[1]);
};

beforeAll(async () => {
  mkdirSync(join(folder.path, 'types'));
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }');
  await compile('declarations', {
    compilerOptions: { ...options, emitDeclarationOnly: true, outDir: join(folder.path, 'types') },
    files: [join(root, 'src', 'adapters', 'dsql', 'index.ts')],
  });
}, timeoutMs);

test(
  `a program on the dialect instantiates at most ${instantiationsMax} types, hardly more than on PostgreSQL's`,
  async () => {
    const postgres = await instantiationsOf(
      'on-postgres',
      program(
        "import { PostgresDialect } from 'kysely';",
        'new PostgresDialect({ pool: {} as never })',
      ),
    );
    const dsql = await instantiationsOf(
      'on-dsql',
      program(
        "import { DsqlDialect } from './types/src/adapters/dsql/index.js';",
        "new DsqlDialect({ endpoint: 'localhost:5432', user: 'admin' })",
      ),
    );
    expect(postgres).toBeGreaterThan(0);
    expect(dsql).toBeGreaterThan(0);
    expect(dsql).toBeLessThanOrEqual(instantiationsMax);
    expect(dsql / postgres).toBeLessThanOrEqual(shareOfPostgresMax);
  },
  timeoutMs,
);
