import { DataSource, EntitySchema } from 'typeorm';
import { cluster, retrying, ssl, token } from '../dsql.mjs';

const { user: username, ...place } = cluster;
const Note = new EntitySchema({
  name: 'Note',
  tableName: 'typeorm_notes',
  columns: {
    id: { type: 'uuid', primary: true, default: () => 'gen_random_uuid()' },
    note: { type: 'text' },
  },
});
const database = await new DataSource({
  ...{ type: 'postgres', ...place, username, ssl, password: token, entities: [Note] },
  extra: { maxLifetimeSeconds: 3300 },
  installExtensions: false,
}).initialize();

if (process.argv.includes('--synchronize')) await database.synchronize();
const { id } = await retrying(() =>
  database.transaction((manager) => manager.save(Note, { note: 'from TypeORM' })),
);
const { note } = await database.getRepository(Note).findOneByOrFail({ id });
console.log(note);
await database.destroy();
