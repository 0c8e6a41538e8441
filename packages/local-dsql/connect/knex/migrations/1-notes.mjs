export const config = { transaction: false };

export const up = async (db) => {
  await db.schema.createTable('knex_migrated', (table) => {
    table.uuid('id').primary();
    table.text('note');
  });
  await db.raw('CREATE INDEX ASYNC knex_migrated_note ON knex_migrated (note)');
};

export const down = (db) => db.schema.dropTable('knex_migrated');
