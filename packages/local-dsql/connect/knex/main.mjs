import knex from 'knex';
import { cluster, retrying, ssl, token } from '../dsql.mjs';

const db = knex({
  client: 'pg',
  connection: { ...cluster, ssl, password: token },
});

if (!(await db.schema.hasTable('knex_notes'))) {
  await db.schema.createTable('knex_notes', (table) => {
    table.uuid('id').primary().defaultTo(db.fn.uuid());
    table.text('note');
  });
}
const [{ id }] = await retrying(() =>
  db.transaction((tx) => tx('knex_notes').insert({ note: 'from Knex' }).returning('id')),
);
const { note } = await db('knex_notes').where({ id }).first();
console.log(note);
await db.destroy();
