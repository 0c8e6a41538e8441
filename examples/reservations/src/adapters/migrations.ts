import type { ServiceMigration } from 'antipode/domain';

/** New ones go to the end. One that has been deployed never changes. */
export const migrations: readonly ServiceMigration[] = [
  {
    id: '0001-shows',
    ddl: `CREATE TABLE IF NOT EXISTS reservations.shows
      (id text PRIMARY KEY, seats integer NOT NULL, free integer NOT NULL CHECK (free >= 0))`,
  },
  {
    id: '0002-reservations',
    ddl: `CREATE TABLE IF NOT EXISTS reservations.reservations
      (id text PRIMARY KEY, show text NOT NULL, customer text NOT NULL, seats integer NOT NULL,
       status text NOT NULL, declined integer NOT NULL, version integer NOT NULL)`,
  },
  {
    id: '0003-payments',
    ddl: `CREATE TABLE IF NOT EXISTS reservations.payments
      (id text PRIMARY KEY, reservation text NOT NULL, status text NOT NULL)`,
  },
  {
    id: '0004-first-shows',
    dml: `INSERT INTO reservations.shows VALUES ('hamlet', 100, 100), ('macbeth', 1000, 1000)
      ON CONFLICT (id) DO NOTHING`,
  },
];
