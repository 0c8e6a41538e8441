import fc from 'fast-check';
import { type Compilable, Kysely, type KyselyPlugin, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createConnectionPool } from '../../../../src/adapters/dsql/connection/connection-pool.ts';
import { DsqlDialect, template } from '../../../../src/adapters/dsql/index.ts';
import { InvariantViolation } from '../../../../src/domain/kernel/index.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

type Tables = {
  readonly items: { readonly id: string; readonly size: number; name: string | null };
};

/** Compiles, and has nobody to send it to. */
const db = new Kysely<Tables>({
  dialect: new DsqlDialect({
    connections: createConnectionPool(
      async () => {
        throw new Error('opened');
      },
      { clock: manualClock(), random: always(0) },
    ),
  }),
});

type Input = { readonly id: string; readonly size: number; readonly name: string | null };

const builds: Readonly<Record<string, (input: Input) => Compilable>> = {
  select: ({ id, size }) =>
    db.selectFrom('items').selectAll().where('id', '=', id).where('size', '<', size).limit(size),
  insert: ({ id, size, name }) => db.insertInto('items').values({ id, size, name }),
  update: ({ id, size, name }) => db.updateTable('items').set({ name, size }).where('id', '=', id),
  upsert: ({ id, size, name }) =>
    db
      .insertInto('items')
      .values({ id, size, name })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ name, size: 7 })),
  raw: ({ id, size }) =>
    db
      .selectFrom('items')
      .select(sql<number>`${size}::int + ${size}::int + ${sql.lit(3)}`.as('sum'))
      .where(sql<boolean>`(id, size) < (${id}::text, ${size}::int)`),
  constant: ({ id }) => db.deleteFrom('items').where('id', '=', id).where('name', '=', 'gone'),
};

const input = fc.record<Input>({ id: fc.string(), size: fc.nat(), name: fc.option(fc.string()) });

describe('a template', () => {
  it.each(Object.keys(builds))('fills in a %s as if it were built for the input', (name) => {
    const build = builds[name];
    if (!build) throw new Error('no such query');
    const filled = template<Input>(build);
    fc.assert(
      fc.property(input, (given) => {
        const { sql: text, parameters } = build(given).compile();
        expect(filled(given)).toEqual({ sql: text, parameters });
      }),
    );
  });

  it('is built once', () => {
    let built = 0;
    const filled = template<{ id: string }>(({ id }) => {
      built += 1;
      return db.selectFrom('items').selectAll().where('id', '=', id);
    });
    filled({ id: 'a' });
    filled({ id: 'b' });
    expect(built).toBe(1);
  });

  const serializing: KyselyPlugin = {
    transformQuery: ({ node }) => JSON.parse(JSON.stringify(node)),
    transformResult: async ({ result }) => result,
  };

  it.each<readonly [string, (input: Input) => Compilable]>([
    [
      'a calculation',
      ({ id, size }) =>
        db
          .updateTable('items')
          .set({ size: 100 - size })
          .where('id', '=', id),
    ],
    ['a text', ({ size }) => db.selectFrom('items').selectAll().where('name', 'like', `%${size}%`)],
    [
      'a comparison',
      ({ size }) =>
        db
          .selectFrom('items')
          .selectAll()
          .limit(size > 10 ? 1 : 2),
    ],
    ['JSON', ({ size }) => db.updateTable('items').set({ name: JSON.stringify({ size }) })],
    [
      'a plugin that writes values as JSON',
      ({ size }) => db.withPlugin(serializing).updateTable('items').set({ size }),
    ],
  ])('refuses %s with a field, which has no value while the query is built', (_, build) => {
    expect(() => template<Input>(build)({ id: 'a', size: 1, name: null })).toThrow(
      new InvariantViolation(
        'The template uses the field "size" while the query is built, when it has no value: calculate before you call the template, or in SQL',
      ),
    );
  });

  it('keeps nothing of one input for the next', () => {
    const filled = template<Input>(({ id, size, name }) =>
      db.insertInto('items').values({ id, size, name }),
    );
    const first = filled({ id: 'a', size: 1, name: 'x' });
    filled({ id: 'b', size: 2, name: null });
    expect(first.parameters).toEqual(['a', 1, 'x']);
  });
});
