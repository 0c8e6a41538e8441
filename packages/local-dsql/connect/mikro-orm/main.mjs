import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { cluster, retrying, ssl, token } from '../dsql.mjs';

const { database: dbName, ...place } = cluster;
const Note = defineEntity({
  name: 'Note',
  tableName: 'mikro_orm_notes',
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    note: p.text(),
  },
});
const orm = await MikroORM.init({
  ...{ ...place, dbName, password: token, entities: [Note] },
  driverOptions: { ssl, maxLifetimeSeconds: 3300 },
});

if (process.argv.includes('--create')) await orm.schema.create();
const id = await retrying(() => orm.em.fork().insert(Note, { note: 'from MikroORM' }));
const { note } = await orm.em.fork().findOneOrFail(Note, id);
console.log(note);
await orm.close();
