import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectionPool, query, statement } from '../../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { poolOf } from '../../../../support/dsql-adapter.ts';

const zones = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Berlin'];
const zoneOfMachine = process.env['TZ'];

let dsql: TestDsql;
let admin: pg.Client;
let pool: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  admin = await dsql.adminConnection();
  pool = poolOf(dsql);
});

afterAll(async () => {
  if (zoneOfMachine === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneOfMachine;
  await pool.close();
  await dsql.stop();
});

/** A value as each of the types; `at` in milliseconds since the epoch. */
const asEach = `SELECT $1::date::text AS day, $2::timestamp::text AS clock,
  floor(extract(epoch FROM $3::timestamptz) * 1000)::text AS at`;

type AsEach = { readonly day: string; readonly clock: string; readonly at: string };

const ours = async (value: Date): Promise<AsEach | undefined> =>
  (await query(pool, statement<AsEach>(asEach, value, value, value), { writes: false })).rows[0];

const two = (value: number): string => String(value).padStart(2, '0');

const dayOf = (date: Date): string => {
  const year = date.getFullYear();
  const text = String(year < 1 ? 1 - year : year).padStart(4, '0');
  return `${text}-${two(date.getMonth() + 1)}-${two(date.getDate())}${year < 1 ? ' BC' : ''}`;
};

/** `pg` leaves out the seconds of an offset, which Liberia had until 1972. */
const lastSeconds = Date.UTC(1972, 1);

/** Times of all eras, and some that are the edge of an hour that is skipped or comes twice. */
const dates = [
  ...fc.sample(
    fc.date({
      min: new Date('-004700-01-01'),
      max: new Date('+020000-01-01'),
      noInvalidDate: true,
    }),
    { numRuns: 40, seed: 8 },
  ),
  ...['2026-03-29T01:00:00Z', '2026-03-29T00:59:59.999Z', '2026-10-25T00:30:00Z'],
  ...['2026-10-25T01:30:00Z', '2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z'],
  ...['1850-06-15T12:00:00Z', '0000-02-29T12:00:00Z', '0001-01-01T00:00:00Z'],
].map((date) => new Date(date));

/** Columns whose value is the local clock, wherever it is read. */
const clocks = [
  ...["timestamp '2026-03-29 02:30:00.000001'", "timestamp '2026-03-08 02:30:00'"],
  ...["timestamp '2026-10-25 02:30:00'", "timestamp '1850-01-01 00:00:00.5'"],
  ...["timestamp '0044-03-15 12:00:00 BC'", "date '2026-03-29'", "date '0044-03-15 BC'"],
];

describe.each(zones)('a Date in the time zone %s', (zone) => {
  beforeAll(() => {
    process.env['TZ'] = zone;
  });

  it('that somebody has made is its local clock for a date and a timestamp, and its instant', async () => {
    for (const date of dates) {
      const [found, modern] = [
        await ours(date),
        date.getTime() > lastSeconds && date.getFullYear() < 10_000,
      ];
      expect(found).toMatchObject({ day: dayOf(date), at: String(date.getTime()) });
      if (modern) expect(found).toEqual((await admin.query(asEach, [date, date, date])).rows[0]);
    }
  });

  it.each(clocks)(
    'that was read from %s keeps its clock in every type, and its instant',
    async (one) => {
      const read = statement<{ v: Date; text: string }>(
        `SELECT v, v::timestamp::text AS text FROM (SELECT ${one} AS v) AS one`,
      );
      const [row] = (await query(pool, read, { writes: false })).rows;
      if (!row) throw new Error('no row');
      const [day = '', time, era] = row.text.split(' ');
      expect(time).toBeDefined();
      expect(await ours(row.v)).toEqual({
        day: era ? `${day} ${era}` : day,
        clock: row.text,
        at: String(row.v.getTime()),
      });
    },
  );

  it('that was read from a timestamptz has its microseconds in every type', async () => {
    const read = statement<{ v: Date }>("SELECT timestamptz '2026-10-25 00:30:00.000007+00' AS v");
    const [row] = (await query(pool, read, { writes: false })).rows;
    if (!row) throw new Error('no row');
    const found = await ours(row.v);
    const time = `${two(row.v.getHours())}:${two(row.v.getMinutes())}:00.000007`;
    expect(found?.clock).toBe(`${dayOf(row.v)} ${time}`);
    expect(found?.at).toBe(String(row.v.getTime()));
  });
});
