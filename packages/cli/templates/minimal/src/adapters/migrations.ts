import type { ServiceMigration } from 'antipode/domain';

/** New ones go to the end. One that has been deployed never changes. */
export const migrations: readonly ServiceMigration[] = [
  {
    id: '0001-orders',
    ddl: `CREATE TABLE IF NOT EXISTS "web_shop".orders
      (id text PRIMARY KEY, product text NOT NULL, quantity integer NOT NULL)`,
  },
];
