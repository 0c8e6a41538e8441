import type { ServiceMigration } from 'antipode/domain';

/** New ones go to the end. One that has been deployed never changes. */
export const migrations: readonly ServiceMigration[] = [
  {
    id: '0001-stocks',
    ddl: `CREATE TABLE IF NOT EXISTS "web_shop".stocks
      (product text PRIMARY KEY, "left" integer NOT NULL, version integer NOT NULL)`,
  },
  {
    id: '0002-shipments',
    ddl: `CREATE TABLE IF NOT EXISTS "web_shop".shipments
      (id text PRIMARY KEY, product text NOT NULL, quantity integer NOT NULL)`,
  },
  {
    id: '0003-first-stocks',
    dml: `INSERT INTO "web_shop".stocks VALUES ('lamp', 1000000, 0), ('chair', 4, 0)
      ON CONFLICT (product) DO NOTHING`,
  },
];
