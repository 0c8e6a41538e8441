import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';
import { answersOf } from './answers.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
});

afterAll(() => dsql.stop());

/** The answer to each statement: rows, a command tag or an error. */
const run = (...statements: readonly string[]) => answersOf(dsql, ...statements);

describe('a column of a type that is not stored', () => {
  it.each([
    ['a row', 'CREATE TABLE typed (a pair)', 'pair'],
    ['a domain of the catalog', 'CREATE TABLE typed (a information_schema.sql_identifier)', 'name'],
    ['a table of the catalog that is copied', 'CREATE TABLE typed (LIKE pg_am)', 'oid'],
    ['the key of an index', "CREATE INDEX ASYNC ON pair (string_to_array(b, ','))", 'text\\[\\]'],
    [
      'a table made along with its schema',
      'CREATE SCHEMA s CREATE TABLE t (a public.pair)',
      'pair',
    ],
  ])('is refused, though the statement does not name the type: %s', async (_name, sql, type) => {
    const [, answer] = await run('CREATE TABLE IF NOT EXISTS pair (a int, b text)', sql);
    expect(answer).toMatch(new RegExp(`^0A000 datatype (?:public\\.)?${type} not supported$`));
  });

  it('may be a domain over one that is', async () => {
    const answers = await run(
      'CREATE DOMAIN amount AS numeric(18, 2) CHECK (value > 0)',
      'CREATE DOMAIN price AS amount',
      'CREATE TABLE priced (id int PRIMARY KEY, price price)',
      'CREATE TABLE many_prices (price price[])',
    );
    expect(answers.at(-2)).toBe('CREATE');
    expect(answers.at(-1)).toBe('0A000 datatype price[] not supported');
  });
});

describe('a key', () => {
  it.each([
    ['bytea', 'bytea'],
    ['interval', 'interval'],
    ['interval day to second(3)', 'interval'],
    ['json', 'json'],
    ['jsonb', 'jsonb'],
    ['timetz', 'time with time zone'],
    ['time(3) with time zone', 'time with time zone'],
  ])('has no column of type %s', async (type, shown) => {
    const refused = `0A000 datatype ${shown} is not supported in a key`;
    const [made, ...answers] = await run(
      `CREATE TABLE keyless (id int PRIMARY KEY, value ${type}, UNIQUE (id) INCLUDE (value))`,
      `CREATE TABLE key_of (id ${type} PRIMARY KEY)`,
      `CREATE TABLE key_of (id int, "Part" ${type}, CONSTRAINT k PRIMARY KEY (id, "Part"))`,
      `CREATE TABLE key_of (id int PRIMARY KEY, value ${type} UNIQUE)`,
      `CREATE TABLE key_of (id int PRIMARY KEY, value pg_catalog.${
        /^int|^time/.test(type) ? type.replace(/^time.*/, 'timetz').replace(/ day.*/, '') : type
      }, UNIQUE (value))`,
      'CREATE INDEX ASYNC ON keyless (value)',
      'CREATE INDEX ASYNC ON keyless (id, value) INCLUDE (id)',
      'CREATE UNIQUE INDEX ASYNC IF NOT EXISTS keyless_value ON public.keyless (value)',
      'CREATE INDEX ASYNC ON keyless ((coalesce(value, value)))',
      'DROP TABLE keyless',
    );
    expect(made).toBe('CREATE');
    expect(answers.pop()).toBe('DROP');
    expect(answers).toEqual(answers.map(() => refused));
  });

  it('has none of a domain over such a type either', async () => {
    const [, ...answers] = await run(
      'CREATE DOMAIN digest AS bytea',
      'CREATE TABLE digested (id digest PRIMARY KEY)',
      'CREATE TABLE digested (id int PRIMARY KEY, value digest)',
      'CREATE INDEX ASYNC ON digested (value)',
      "CREATE INDEX ASYNC ON digested (sha256(coalesce(value, '')))",
      'CREATE INDEX ASYNC ON digested (id) INCLUDE (value)',
    );
    const refused = '0A000 datatype bytea is not supported in a key';
    expect(answers.slice(0, 4)).toEqual([refused, 'CREATE', refused, refused]);
    expect(answers[4]).toEqual([{ job_id: expect.any(String) }]);
  });

  it('names its access method as definitions show it', async () => {
    const [, job, other] = await run(
      'CREATE TABLE ordered (id int PRIMARY KEY, value text)',
      'CREATE INDEX ASYNC ordered_value ON ordered USING BTREE_INDEX (value)',
      'CREATE INDEX ASYNC ON ordered USING btree (value)',
    );
    expect(job).toEqual([{ job_id: expect.any(String) }]);
    expect(other).toBe('0A000 USING not supported for CREATE INDEX');
  });
});

describe('a numeric column', () => {
  it('has 18 digits, 6 of them behind the point, unless others are declared', async () => {
    const [, , , ...answers] = await run(
      'CREATE TABLE amount_of (id int, stored numeric, declared numeric(30, 9))',
      'ALTER TABLE amount_of ADD COLUMN added numeric',
      `INSERT INTO amount_of VALUES (1, 1.2345675, 1.2345675, 123456789012)`,
      'SELECT stored, declared, added FROM amount_of',
      'INSERT INTO amount_of (stored) VALUES (1234567890123)',
      'SELECT 1234567890123.12345678::numeric AS computed',
    );
    expect(answers).toEqual([
      [{ stored: '1.234568', declared: '1.234567500', added: '123456789012.000000' }],
      '22003 numeric field overflow',
      [{ computed: '1234567890123.12345678' }],
    ]);
  });
});

describe('ALTER TABLE', () => {
  it('keeps the primary key and drops other constraints', async () => {
    const answers = await run(
      'CREATE TABLE kept (id int PRIMARY KEY, n int CONSTRAINT positive CHECK (n > 0), a int)',
      'ALTER TABLE kept DROP CONSTRAINT kept_pkey',
      'ALTER TABLE kept DROP COLUMN id',
      'ALTER TABLE kept DROP CONSTRAINT positive, DROP COLUMN a',
      'ALTER TABLE kept DROP CONSTRAINT positive',
    );
    expect(answers).toEqual([
      'CREATE',
      '0A000 unsupported ALTER TABLE DROP CONSTRAINT statement',
      '0A000 cannot drop primary key column id',
      'ALTER',
      '42704 constraint "positive" of relation "kept" does not exist',
    ]);
  });

  it('makes only a bigint an identity column', async () => {
    const add = 'ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)';
    const answers = await run(
      'CREATE TABLE numbered (small int NOT NULL, big bigint NOT NULL)',
      `ALTER TABLE numbered ALTER small ${add}`,
      `ALTER TABLE numbered ALTER big ${add}`,
    );
    expect(answers).toEqual([
      'CREATE',
      '0A000 datatype integer not supported, identity column type must be bigint',
      'ALTER',
    ]);
  });

  it('switches triggers without switching off what counts rows', async () => {
    const answers = await run(
      'CREATE TABLE counted (id int)',
      'ALTER TABLE counted DISABLE TRIGGER ALL',
      'INSERT INTO counted SELECT generate_series(1, 3001)',
    );
    expect(answers).toEqual(['CREATE', 'ALTER', '54000 transaction row limit exceeded']);
  });

  it('tells by a job whether the rows conform to a constraint', async () => {
    const validate = 'ALTER TABLE ASYNC checked VALIDATE CONSTRAINT positive';
    const status = `SELECT status, job_type, object_name FROM sys.jobs
                    WHERE object_name = 'public.checked' ORDER BY start_time`;
    const answers = await run(
      'CREATE TABLE checked (n int)',
      'INSERT INTO checked VALUES (-1)',
      'ALTER TABLE checked ADD CONSTRAINT positive CHECK (n > 0) NOT VALID',
      validate,
      'UPDATE checked SET n = 1',
      validate,
      status,
      `SELECT convalidated FROM pg_constraint WHERE conname = 'positive'`,
      'ALTER TABLE ASYNC checked VALIDATE CONSTRAINT other',
    );
    const job = { job_type: 'VALIDATE_CONSTRAINT', object_name: 'public.checked' };
    expect(answers.slice(3)).toEqual([
      [{ job_id: expect.stringMatching(/^[a-z2-7]{26}$/) }],
      'UPDATE',
      [{ job_id: expect.stringMatching(/^[a-z2-7]{26}$/) }],
      [
        { status: 'failed', ...job },
        { status: 'completed', ...job },
      ],
      [{ convalidated: true }],
      '42704 constraint "other" of relation "checked" does not exist',
    ]);
  });
});
