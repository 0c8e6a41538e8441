import { type ConformanceCase, conformanceGroup } from './conformance-group.ts';
import { type DsqlCluster, type SqlAnswer, startDsqlCluster } from './dsql-cluster.ts';

const guide = 'https://docs.aws.amazon.com/aurora-dsql/latest/userguide';
const recorded = 'recorded';
const asyncIndexPage = `${guide}/working-with-create-index-async.html`;
const typesPage = `${guide}/working-with-postgresql-compatibility-supported-data-types.html`;
const sequencePage = `${guide}/create-sequence-syntax-support.html`;

type Case = ConformanceCase<DsqlCluster>;

/** Statements, of which the last one is answered so. */
const says = (
  title: string,
  source: string,
  expected: SqlAnswer,
  ...statements: readonly string[]
): Case => ({ title, source, expected, ask: ({ ask }) => ask(...statements) });

/** The source gives the words of an error alone. */
const fails = (
  title: string,
  source: string,
  message: string,
  ...statements: readonly string[]
): Case => ({
  title,
  source,
  expected: message,
  ask: async ({ ask }) => `${await ask(...statements)}`.replace(/^\w{5} /, ''),
});

const isolationCases: readonly Case[] = [
  ...['SERIALIZABLE', 'READ COMMITTED', 'READ UNCOMMITTED'].flatMap((level) =>
    [
      'SET TRANSACTION',
      'SET SESSION CHARACTERISTICS AS TRANSACTION',
      'BEGIN',
      'START TRANSACTION',
    ].map((form) =>
      says(
        `${form} names the isolation level ${level} that it refuses`,
        recorded,
        `0A000 Unsupported isolation level: ${level}`,
        `${form} ISOLATION LEVEL ${level}`,
      ),
    ),
  ),
  says(
    'SET TRANSACTION refuses the one isolation level as a parameter',
    recorded,
    '0A000 setting configuration parameter "TRANSACTION" not supported',
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  ),
  says(
    'BEGIN takes the one isolation level',
    recorded,
    'BEGIN',
    'BEGIN ISOLATION LEVEL REPEATABLE READ',
  ),
];

const objectCases: readonly Case[] = [
  says(
    'a type is not renamed',
    recorded,
    '0A000 unsupported object in RENAME statement',
    'ALTER TYPE mood RENAME TO temper',
  ),
  says(
    'a type is not dropped',
    recorded,
    '0A000 unsupported object in DROP statement',
    'DROP TYPE IF EXISTS mood',
  ),
  says(
    'a value is not added to a type',
    recorded,
    '0A000 ALTER TYPE not supported',
    "ALTER TYPE mood ADD VALUE 'x'",
  ),
  fails(
    'a cache of a sequence is one or large',
    recorded,
    'CACHE (100) must be greater than or equal to 65536 or equal to 1',
    'CREATE SEQUENCE s CACHE 100',
  ),
  fails(
    'a cache of an identity column is one or large',
    recorded,
    'CACHE (100) must be greater than or equal to 65536 or equal to 1',
    'CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 100) PRIMARY KEY)',
  ),
  says(
    'a sequence with a large cache is made',
    sequencePage,
    'CREATE',
    'CREATE SEQUENCE large CACHE 65536',
  ),
  says(
    'PREPARE with a parameter is refused as without',
    recorded,
    '0A000 unsupported statement: Prepare',
    'PREPARE p AS SELECT $1::int',
  ),
  says(
    'DECLARE with a parameter is refused as without',
    recorded,
    '0A000 unsupported statement: DeclareCursor',
    'DECLARE c CURSOR FOR SELECT $1::int',
  ),
  {
    title: 'DECLARE with a parameter is refused in the extended protocol, too',
    source: recorded,
    expected: '0A000 unsupported statement: DeclareCursor',
    ask: ({ askWith }) => askWith([1], 'DECLARE c CURSOR FOR SELECT $1::int'),
  },
];

const noConfiguration = '42704 text search configuration "english" does not exist';

const textSearchCases: readonly Case[] = [
  ["to_tsvector('english', 'a')"],
  ["to_tsquery('english', 'a')"],
  ["websearch_to_tsquery('english', 'a')"],
  ["to_tsvector('english', 'a') @@ to_tsquery('english', 'a')"],
].map(([expression = '']) =>
  says(`${expression} finds no configuration`, recorded, noConfiguration, `SELECT ${expression}`),
);

const typeCases: readonly Case[] = [
  says(
    'a line is no value of a query',
    recorded,
    '0A000 datatype line not supported',
    "SELECT line '{1,2,3}'",
  ),
  says(
    'a circle is no value of a query',
    recorded,
    '0A000 datatype circle not supported',
    "SELECT '<(0,0),1>'::circle",
  ),
  says('inet is a value of a query', typesPage, [['127.0.0.1']], "SELECT '127.0.0.1'::inet"),
  says(
    'an array is a value of a query',
    typesPage,
    [[['1', '2']]],
    "SELECT string_to_array('1,2', ',')",
  ),
  says(
    'bytea is in no primary key',
    recorded,
    '0A000 datatype bytea is not supported in a key',
    'CREATE TABLE keyed (id bytea PRIMARY KEY)',
  ),
  says(
    'bytea is in no index',
    recorded,
    '0A000 datatype bytea is not supported in a key',
    'CREATE TABLE hashed (id int PRIMARY KEY, hash bytea)',
    'CREATE INDEX ASYNC ON hashed (hash)',
  ),
  says(
    'a foreign key is deferrable',
    `${guide}/working-with-foreign-key-constraints.html`,
    'CREATE',
    'CREATE TABLE child (id int PRIMARY KEY REFERENCES hashed DEFERRABLE INITIALLY DEFERRED)',
  ),
];

const indexCases: readonly Case[] = [
  says(
    'an index is not valid right after its statement',
    recorded,
    '55000 index "twin_name" is not valid',
    'CREATE TABLE twin (id int PRIMARY KEY, name text)',
    'CREATE UNIQUE INDEX ASYNC twin_name ON twin (name)',
    'ALTER TABLE twin ADD CONSTRAINT named UNIQUE USING INDEX twin_name',
  ),
  says(
    'a job is submitted at first, without a time of change',
    recorded,
    [['submitted', 'INDEX_BUILD', null]],
    "SELECT status, job_type, update_time FROM sys.jobs WHERE object_name = 'public.twin_name'",
  ),
  says(
    'a unique index that is being built refuses duplicates',
    asyncIndexPage,
    '23505 duplicate key value violates unique constraint "twin_name"',
    "INSERT INTO twin VALUES (1, 'a')",
    "INSERT INTO twin VALUES (2, 'a')",
  ),
  says(
    'sys.wait_for_job is a procedure',
    recorded,
    '42809 sys.wait_for_job(unknown) is a procedure',
    "SELECT sys.wait_for_job('a')",
  ),
];

const catalogCases: readonly Case[] = [
  says(
    'a primary key includes all other columns',
    recorded,
    [['PRIMARY KEY (id) INCLUDE (name, n)']],
    'CREATE TABLE wide (id int PRIMARY KEY, name text, n int)',
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'wide_pkey'",
  ),
  says(
    'the index of a primary key is shown with its own access method',
    recorded,
    [['CREATE UNIQUE INDEX wide_pkey ON public.wide USING btree_index (id) INCLUDE (name, n)', 3]],
    `SELECT pg_get_indexdef(indexrelid), indnatts FROM pg_index
     WHERE indexrelid = 'wide_pkey'::regclass`,
  ),
  says(
    'the one access method of indexes is btree_index',
    recorded,
    [['btree_index']],
    `SELECT am.amname FROM pg_class c JOIN pg_am am ON am.oid = c.relam
     WHERE c.relname = 'wide_pkey'`,
  ),
  says('the version is that of PostgreSQL 16', recorded, [['PostgreSQL 16']], 'SELECT version()'),
  says('one extension is there', recorded, [['plpgsql']], 'SELECT extname FROM pg_extension'),
  says(
    'no extension is to be had',
    recorded,
    [[0]],
    'SELECT count(*)::int FROM pg_available_extensions',
  ),
  says(
    'there are no text search configurations',
    recorded,
    [[0]],
    'SELECT count(*)::int FROM pg_ts_config',
  ),
];

/** Answers of clusters, and of AWS's pages, beyond the recordings. */
export const dsqlGroup = conformanceGroup({
  name: 'dsql',
  start: startDsqlCluster,
  cases: [
    ...isolationCases,
    ...objectCases,
    ...textSearchCases,
    ...typeCases,
    ...indexCases,
    ...catalogCases,
  ],
});
