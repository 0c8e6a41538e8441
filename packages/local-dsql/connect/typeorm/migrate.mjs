import { DataSource } from 'typeorm';
import { cluster, ssl, token } from '../dsql.mjs';

class AddNotes {
  name = 'AddNotes1700000000000';
  async up(runner) {
    await runner.query('CREATE TABLE typeorm_migrated (id uuid PRIMARY KEY, note text)');
    await runner.query('CREATE INDEX ASYNC typeorm_migrated_note ON typeorm_migrated (note)');
  }
}
const { user: username, ...place } = cluster;
const database = await new DataSource({
  ...{ type: 'postgres', ...place, username, ssl, password: token, installExtensions: false },
  migrations: [AddNotes],
  // By default a migration is one transaction, which DSQL refuses at its second statement of DDL.
  migrationsTransactionMode: 'none',
}).initialize();
const [migration] = await database.runMigrations();
console.log('migrated by TypeORM', migration.name);
await database.destroy();
