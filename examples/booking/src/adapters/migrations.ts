import type { ServiceMigration } from 'antipode/domain';

/** New ones go to the end. One that has been deployed never changes. */
export const migrations: readonly ServiceMigration[] = [
  {
    id: '0001-shows',
    ddl: `CREATE TABLE IF NOT EXISTS booking.shows
      (id text PRIMARY KEY, seats integer NOT NULL, free integer NOT NULL CHECK (free >= 0), version integer NOT NULL)`,
  },
  {
    id: '0002-reservations',
    ddl: `CREATE TABLE IF NOT EXISTS booking.reservations
      (id text PRIMARY KEY, show text NOT NULL, customer text NOT NULL, seats integer NOT NULL, status text NOT NULL)`,
  },
  {
    id: '0003-occupancy',
    ddl: `CREATE TABLE IF NOT EXISTS booking.occupancy
      (show text PRIMARY KEY, reservations integer NOT NULL, seats integer NOT NULL)`,
  },
  {
    id: '0004-notices',
    ddl: `CREATE TABLE IF NOT EXISTS booking.notices
      (reservation text PRIMARY KEY, region text NOT NULL, text text NOT NULL)`,
  },
  {
    id: '0005-first-shows',
    dml: `INSERT INTO booking.shows VALUES ('hamlet', 100, 100, 0), ('macbeth', 1000, 1000, 0)
      ON CONFLICT (id) DO NOTHING`,
  },
];
