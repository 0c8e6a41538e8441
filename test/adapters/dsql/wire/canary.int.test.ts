import { inspect } from 'node:util';
import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { CompiledQuery, Kysely } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { faultOf, serverErrorOf } from '../../../../src/adapters/dsql/connection/error-mapping.ts';
import {
  type ConnectionPool,
  createTransactions,
  DsqlDialect,
  query,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import {
  createPowertoolsLogger,
  describeError,
  errorWithoutValues,
} from '../../../../src/adapters/powertools/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, poolOf } from '../../../support/dsql-adapter.ts';

/** A value that is nobody's business, in the forms that a statement's parameters can have. */
const text = 'kanarie';
const number = '481516234';
const uuid = '4815162a-0000-4000-8000-c0ffeec0ffee';

/** Statements that fail because of a value, which the server quotes in one way or another. */
const failing: readonly (readonly [string, ...unknown[]])[] = [
  // Names that are looked up.
  ['SELECT $1::regclass', text],
  ['SELECT $1::text::regclass', `${text}.${text}`],
  ['SELECT $1::regclass', `"${text}" "x" relation`],
  ['SELECT $1::regclass', `a.b.c.${text}`],
  ['SELECT $1::regclass', `${text}.a.b`],
  ['SELECT $1::regtype', text],
  ['SELECT $1::regproc', text],
  ['SELECT $1::regprocedure', `${text}(integer)`],
  ['SELECT $1::regprocedure', `${text}(`],
  ['SELECT $1::regoper', text],
  ['SELECT $1::regoperator', `${text}(integer,integer)`],
  ['SELECT $1::regnamespace', text],
  ['SELECT $1::regrole', text],
  ['SELECT $1::regconfig', text],
  ['SELECT $1::regdictionary', text],
  ['SELECT nextval($1)', text],
  ['SELECT currval($1::text)', text],
  ['SELECT setval($1, 1)', text],
  ['SELECT pg_get_serial_sequence($1, $1)', text],
  ['SELECT current_setting($1)', text],
  ['SELECT set_config($1, $1, true)', text],
  ["SELECT set_config('timezone', $1, true)", text],
  ['SELECT has_table_privilege($1, $1)', text],
  ["SELECT has_table_privilege('canary.notes', $1)", text],
  ["SELECT has_column_privilege('canary.notes', $1, 'SELECT')", text],
  ["SELECT has_schema_privilege($1, 'USAGE')", text],
  ["SELECT has_function_privilege($1, 'EXECUTE')", `${text}()`],
  ["SELECT has_database_privilege($1, 'CONNECT')", text],
  ['SELECT pg_get_userbyid($1::oid)', text],
  ["SELECT pg_has_role($1, 'USAGE')", text],
  ['SELECT row_to_json($1::regclass)', text],
  ['SELECT pg_table_size($1::regclass)', text],
  ['SELECT obj_description($1::regclass)', text],
  // Text search, patterns, paths, documents.
  ["SELECT to_tsquery('simple', $1)", `${text} ${text} &`],
  ['SELECT $1::tsquery', `${text} & & 'x`],
  ['SELECT $1::tsvector', `'${text}`],
  ["SELECT 'a' ~ $1", `${text}(`],
  ["SELECT regexp_replace('a', $1, 'b')", `[${text}`],
  ["SELECT regexp_match('a', 'a', $1)", text],
  ["SELECT 'a' LIKE 'b' ESCAPE $1", text],
  ["SELECT jsonb_path_query('{}', $1::jsonpath)", `$.${text}[`],
  ["SELECT jsonb_path_query('{}', $1::jsonpath)", `strict $.${text}`],
  ["SELECT jsonb_set('[1]', $1, '2')", [text]],
  ["SELECT '[1]'::jsonb #- ARRAY[$1]", text],
  ['SELECT $1::jsonb', `{"${text}": `],
  ['SELECT $1::json', `{${text}: 1}`],
  ['SELECT jsonb_object(ARRAY[$1])', text],
  ['SELECT jsonb_to_record($1::jsonb) AS x(a int)', `["${text}"]`],
  ['SELECT ($1::jsonb)::integer', `"${text}"`],
  ['SELECT xmlparse(document $1)', `<${text}`],
  ['SELECT format($1, 1)', `%${text}`],
  ["SELECT format('%I')"],
  // Times.
  ['SELECT now() AT TIME ZONE $1', text],
  ['SELECT timezone($1, now())', text],
  ['SELECT date_trunc($1, now())', text],
  ['SELECT date_part($1, now())', text],
  ['SELECT extract(epoch FROM $1::interval)', text],
  ["SELECT to_date($1, 'YYYY-MM-DD')", text],
  ["SELECT to_timestamp($1, 'HH24')", text],
  ["SELECT to_number($1, '999')", text],
  ['SELECT to_char(now(), $1)::integer', `"${text}"`],
  ['SELECT $1::timestamptz', text],
  ['SELECT $1::timestamptz', `2026-01-01 00:00 ${text}/Zone`],
  ['SELECT $1::date', `${number}-99-99`],
  ['SELECT make_date($1::int, 1, 1)', `-${number}`],
  ['SELECT make_interval(days => $1)', text],
  // Encodings, bytes, digests.
  ['SELECT convert_to($1, $1)', text],
  ["SELECT convert_from('\\x00', $1)", text],
  ["SELECT convert('\\x00', $1, $1)", text],
  ['SELECT encode($1, $2)', Buffer.from(text), text],
  ["SELECT decode($1, 'hex')", text],
  ["SELECT decode($1, 'base64')", `${text}*`],
  ['SELECT decode(md5(1::text), $1)', text],
  ["SELECT convert_from($1, 'UTF8')", Buffer.from([0xff, 0xfe])],
  ['SELECT $1::bytea', `\\x${text}`],
  ['SELECT chr($1::int)', number],
  ['SELECT $1::text', `\u0000${text}`],
  ["SELECT normalize('a', $1)", text],
  // Numbers, ids, ranges.
  ['SELECT $1::integer', text],
  ['SELECT $1::integer', `${number}000`],
  ['SELECT $1::smallint', number],
  ['SELECT ($1::bigint)::smallint', number],
  ['SELECT $1::numeric(3, 0)', number],
  ['SELECT $1::uuid', text],
  ['SELECT $1::uuid', `${uuid}0`],
  ['SELECT $1::boolean', text],
  ['SELECT $1::boolean', `true "${text}" false`],
  ['SELECT $1::interval', text],
  ['SELECT $1::inet', text],
  ['SELECT $1::int4range', `[${number},1]`],
  ['SELECT $1::integer[]', `{${text}}`],
  ['SELECT $1::integer[]', `{${text}`],
  ['SELECT ARRAY[1][$1::int]::integer[][]', text],
  ['SELECT width_bucket(1, 1, 1, $1)', `-${number}`],
  ['SELECT sqrt($1::numeric)', `-${number}`],
  ['SELECT 1 / ($1::int - $1::int)', number],
  ['SELECT repeat($1, 2147483647)', text],
  ['SELECT lpad($1, 2147483647)', text],
  ['SELECT generate_series(1, 2, $1::int - $1::int)', number],
  ['SELECT 1 LIMIT $1', `-${number}`],
  ['SELECT array_fill(1, ARRAY[$1::int])', number],
  ['SELECT string_to_array($1, $1)::integer[]', text],
  ['SELECT substring($1 FROM 1 FOR -1)', text],
  ['SELECT overlay($1 PLACING $1 FROM -1)', text],
  ['SELECT get_byte($1::bytea, 100)', text],
  ['SELECT split_part($1, $1, 0)', text],
  ['SELECT unistr($1)', `\\${text}`],
  ['SELECT upper($1)::regclass', text],
  ['SELECT reverse($1)::regclass', 'eiranak'],
  ["SELECT ('x' || $1)::regclass", text],
  // Constraints and rows.
  ['INSERT INTO canary.notes (id, body) VALUES ($1, $2)', uuid, null],
  ['INSERT INTO canary.notes (id, body) VALUES ($1, $2)', 'there', text],
  ["UPDATE canary.notes SET body = $1 WHERE id = 'there'", `${text}${text}${text}${text}`],
  ["UPDATE canary.notes SET amount = $1 WHERE id = 'there'", `-${number}`],
  ["UPDATE canary.notes SET short = $1 WHERE id = 'there'", `${text} is too long`],
  ["UPDATE canary.notes SET parent = $1 WHERE id = 'there'", text],
  // A row that an earlier statement has written is a parameter, too.
  ['SELECT secret::regclass FROM canary.notes'],
  ['SELECT secret::integer FROM canary.notes'],
  ['SELECT current_setting(secret) FROM canary.notes'],
  ['SELECT now() AT TIME ZONE secret FROM canary.notes'],
  ["SELECT to_tsquery('simple', secret || ' ' || secret) FROM canary.notes"],
  ['INSERT INTO canary.notes (id, body) SELECT id, secret FROM canary.notes'],
  // Statements that the server does not take at all, with a parameter beside them.
  ['SELECT * FROM canary.missing WHERE id = $1', text],
  ['SELECT missing FROM canary.notes WHERE id = $1', text],
  ['SELECT missing($1)', text],
  ['SELECT $1 + $2', text, text],
  ['SELEKT $1', text],
  ['SELECT sys.wait_for_job($1)', text],
  ['TRUNCATE canary.notes'],
  ['SELECT $2', text],
];

const secret = new RegExp(
  [text, text.toUpperCase(), 'eiranak', number, uuid, Buffer.from(text).toString('hex')].join('|'),
  'i',
);

let dsql: TestDsql;
let connections: ConnectionPool;
let db: Kysely<unknown>;

beforeAll(async () => {
  // Powertools writes past the console otherwise.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  dsql = await testDsql();
  connections = poolOf(dsql, { size: 2 });
  await migrate(connections, 'canary', [
    {
      id: 'notes',
      ddl: `CREATE TABLE IF NOT EXISTS canary.notes (id text PRIMARY KEY, body text NOT NULL,
        amount integer CONSTRAINT notes_amount_positive CHECK (amount >= 0), secret text,
        short varchar(5), parent text CONSTRAINT notes_parent_known REFERENCES canary.notes,
        CONSTRAINT notes_body_short CHECK (length(body) < 20))`,
    },
  ]);
  await query(
    connections,
    statement(
      'INSERT INTO canary.notes (id, body, secret) VALUES ($1, $2, $3)',
      'there',
      'b',
      text,
    ),
    { writes: true },
  );
  db = new Kysely<unknown>({ dialect: new DsqlDialect({ connections }) });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await db.destroy();
  await dsql.stop();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Everything that this project, or a person with a console, prints of an error. */
const printed = (error: unknown): string => {
  const lines: string[] = [];
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => {
      lines.push(parts.map((part) => inspect(part, { depth: 20 })).join(' '));
    });
  }
  createPowertoolsLogger(new PowertoolsLogger()).error('failed', {}, error);
  new PowertoolsLogger().error('failed', error as Error);
  vi.restoreAllMocks();
  expect(lines.length).toBeGreaterThanOrEqual(2);
  const shown = errorWithoutValues(error);
  return [
    ...lines,
    String(error),
    (error as Error).stack,
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(describeError(error)),
    JSON.stringify(shown, Object.getOwnPropertyNames(shown)),
    JSON.stringify(error, (_key, value) =>
      value instanceof Error ? { ...value, message: value.message, cause: value.cause } : value,
    ),
  ].join('\n');
};

type Failure = { readonly message: string };

const failureOf = async (running: Promise<unknown>): Promise<Failure | undefined> =>
  running.then(
    () => undefined,
    (error: unknown) => error as Failure,
  );

const ways: Readonly<
  Record<string, (sql: string, parameters: readonly unknown[]) => Promise<unknown>>
> = {
  query: (sql, parameters) => query(connections, statement(sql, ...parameters), { writes: true }),
  Kysely: (sql, parameters) => db.executeQuery(CompiledQuery.raw(sql, [...parameters])),
  'a transaction': (sql, parameters) =>
    createTransactions({ connections }).run((tx) => tx.read(statement(sql, ...parameters))),
};

describe('a value that a statement was given is printed nowhere', () => {
  it.each(failing.map(([sql, ...parameters]) => ({ sql, parameters })))(
    'when it fails: $sql',
    async ({ sql, parameters }) => {
      for (const [way, run] of Object.entries(ways)) {
        const failure = await failureOf(run(sql, parameters));
        if (failure === undefined) throw new Error(`${sql} does not fail`);
        const all = printed(failure);
        // A text that the program has written into the statement is shown.
        expect(all.replaceAll(sql, ''), `${way}: ${sql}`).not.toMatch(secret);
      }
    },
  );
});

describe('a value that cannot be read', () => {
  const booleanOid = 16;
  const parse = pg.types.getTypeParser(booleanOid);

  afterEach(() => {
    pg.types.setTypeParser(booleanOid, parse);
  });

  it('is not taken for a lost connection, and is not quoted', async () => {
    pg.types.setTypeParser(booleanOid, () => {
      throw new SyntaxError(`Unexpected token in ${text}`);
    });
    const failure = await failureOf(
      query(connections, statement('SELECT $1::boolean', 'true'), { writes: false }),
    );
    expect(failure).toMatchObject({ kind: 'InvariantViolation' });
    expect(failure?.message).toBe(
      'A value of a row cannot be read (SyntaxError), though the statement was executed: SELECT $1::boolean',
    );
    expect(printed(failure)).not.toMatch(secret);
  });
});

describe('a hint of the server', () => {
  it('is shown without a value that it quotes', () => {
    const hint = `Perhaps you meant to reference the table "${text}".`;
    const server = Object.assign(new Error('x'), { code: '42P01', severity: 'ERROR', hint });
    const { cause } = faultOf(server, false);
    expect(cause).toMatchObject({ hint: 'Perhaps you meant to reference the table "…".' });
  });
});

describe('a query without a row', () => {
  it('is told without its values, which the error of Kysely holds', async () => {
    const failure = await failureOf(
      db
        .selectFrom('canary.notes' as never)
        .selectAll()
        .where('id' as never, '=', text as never)
        .executeTakeFirstOrThrow(),
    );
    const wrapped = new Error('It is not there', { cause: failure });
    for (const error of [failure, wrapped]) {
      const shown = errorWithoutValues(error);
      expect(inspect(shown, { depth: 20, showHidden: true })).not.toMatch(secret);
      expect(shown).toMatchObject({ message: (error as Failure).message });
      expect(JSON.stringify(describeError(error))).not.toMatch(secret);
    }
  });
});

describe('a refusal says enough to find its reason', () => {
  it.each([
    ['SELECT * FROM canary.missing', [], '42P01, relation "canary.missing" does not exist'],
    ['SELECT missing FROM canary.notes', [], '42703, column "missing" does not exist'],
    ['SELECT $1::regclass', [text], '42P01, relation "…" does not exist'],
    ['SELECT $1::integer', [text], '22P02, invalid input syntax for type integer: "…"'],
    ['SELECT * FROM nowhere.notes', [], '42P01, relation "nowhere.notes" does not exist'],
    ['CREATE TABLE nowhere.notes (id int)', [], '3F000, schema "nowhere" does not exist'],
    ['TRUNCATE canary.notes', [], '0A000, unsupported statement: Truncate'],
    ['SELEKT 1', [], '42601, syntax error at or near "SELEKT"'],
    ['SELECT missing(1)', [], '42883, function missing(integer) does not exist'],
    [
      'INSERT INTO canary.notes (id) VALUES ($1)',
      [text],
      '23502, null value in column "body" of relation "notes" violates not-null constraint (table canary.notes)',
    ],
    [
      "INSERT INTO canary.notes (id, body) VALUES ('there', $1)",
      [text],
      '23505, duplicate key value violates unique constraint "notes_pkey" (table canary.notes)',
    ],
    [
      "UPDATE canary.notes SET amount = $1 WHERE id = 'there'",
      [-1],
      '23514, new row for relation "notes" violates check constraint "notes_amount_positive" (table canary.notes)',
    ],
    [
      "UPDATE canary.notes SET parent = $1 WHERE id = 'there'",
      [text],
      '23503, insert or update on table "notes" violates foreign key constraint "notes_parent_known" (table canary.notes)',
    ],
  ])('%s', async (sql, parameters, words) => {
    const failure = await failureOf(ways['query']?.(sql, parameters) ?? Promise.resolve());
    expect(failure?.message).toBe(`The database refused a statement: ${words}, in: ${sql}`);
    expect(serverErrorOf(failure)).toMatchObject({ statement: sql });
  });

  it('also where privileges are missing, and of a long statement its beginning', async () => {
    const client = await dsql.adminConnection();
    await client.query('CREATE ROLE reader WITH LOGIN');
    await client.query(`AWS IAM GRANT reader TO '${dsql.principalArn}'`);
    await client.query('GRANT USAGE ON SCHEMA canary TO reader');
    const reader = poolOf(dsql, { user: 'reader' });
    const sql = `SELECT ${Array.from({ length: 500 }, (_, at) => `id AS c${at}`).join(',\n ')} FROM canary.notes`;
    const failure = await failureOf(query(reader, statement(sql), { writes: false }));
    expect(failure?.message).toMatch(
      /42501, permission denied for table notes, in: SELECT id AS c0, id AS c1, .*…$/,
    );
    expect(failure?.message.length).toBeLessThan(520);
    await reader.close();
  });
});
