import { Migration, Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { cluster, ssl, token } from '../dsql.mjs';

class AddNotes extends Migration {
  up() {
    this.addSql('CREATE TABLE mikro_orm_migrated (id uuid PRIMARY KEY, note text)');
    this.addSql('CREATE INDEX ASYNC mikro_orm_migrated_note ON mikro_orm_migrated (note)');
  }
}
const { database: dbName, ...place } = cluster;
const orm = await MikroORM.init({
  ...{ ...place, dbName, password: token, driverOptions: { ssl }, extensions: [Migrator] },
  discovery: { warnWhenNoEntities: false },
  migrations: {
    migrationsList: [{ name: 'AddNotes', class: AddNotes }],
    ...{ transactional: false, allOrNothing: false, snapshot: false },
  },
});
const [migration] = await orm.migrator.up();
console.log('migrated by MikroORM', migration.name);
await orm.close();
