import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar, refusalOf } from '../../../../packages/local-dsql/src/statements/index.ts';
import { read, verdict } from './verdict.ts';

beforeAll(loadGrammar);

const truncates = '0A000 unsupported statement: Truncate';
const tooDeep = '54001 stack depth limit exceeded';
/** A no-break space, which is a letter in PostgreSQL. */
const letter = '\u00a0';

const require = createRequire(import.meta.url);
const parserPath = require.resolve('libpg-query');

/** The parser's module as the grammar has loaded it last. */
const currentParser = () => require.cache[parserPath];

const sent = (sql: string): readonly string[] => read(sql).map((one) => one.sql);

/** Nothing of the text can run, since no statement of PostgreSQL's has a brace. */
const isUnrunnable = (sql: string): boolean => sent(sql).every((one) => one.endsWith('\n}'));

describe('a statement of DSQL’s own ends where PostgreSQL sees its end', () => {
  it('behind comments in comments, however deep', () => {
    const sql = `CREATE INDEX ASYNC i ON a (b) /* ' /*/*/*/* x */*/*/*/ */ ; TRUNCATE a; SELECT 'x'`;
    expect(verdict(sql)).toBe(`ok; ${truncates}; ok`);
  });

  it('behind a literal with escapes that goes on in the next line', () => {
    const index = `CREATE INDEX ASYNC i ON a (b) WHERE c = E'a'\r\n\t`;
    expect(verdict(`${index}'\\'; TRUNCATE a; SELECT '`)).toBe('ok');
    expect(verdict(`${index}'\\''; TRUNCATE a`)).toBe(`ok; ${truncates}`);
  });

  it('or is refused where the grammar sees another: it knows no comment within a literal', () => {
    const index = `CREATE INDEX ASYNC i ON a (b) WHERE c = E'a' -- kept\n`;
    expect(verdict(`${index}'\\''; TRUNCATE a`)).toMatch(/^42601 unterminated quoted string/);
  });

  it('and has no other in its place', () => {
    expect(verdict('ALTER TABLE ASYNC a RENAME TO b')).toBe('42601 syntax error at or near "a"');
    expect(verdict('ALTER TABLE ASYNC a SET SCHEMA b')).toBe('42601 syntax error at or near "a"');
  });
});

describe('what is white space elsewhere', () => {
  it('is a letter in a name that stays as it is', () => {
    const sql = `SELECT ${letter}INTO b FROM (SELECT 'role' AS n) x WHERE set_config(n, 'x', false) = 'x'`;
    expect(sent(sql)).toEqual([sql.replace('set_config', 'pg_antipode.set_config')]);
  });

  it.each(['\u00a0', '\u2003', '\ufeff'])('neither begins nor ends a statement: %j', (name) => {
    expect(sent(`SELECT 1 AS ${name}; SELECT 2 ${name}`)).toEqual([
      `SELECT 1 AS ${name}`,
      `SELECT 2 ${name}`,
    ]);
    expect(refusalOf(`CREATE INDEX${name}ASYNC i ON a (b)`)).toMatchObject({ code: '42601' });
  });

  it('parts words, the vertical tab as well', () => {
    expect(verdict('CREATE\vINDEX\fASYNC\ti\rON a (b)')).toBe('ok');
  });
});

describe('a keyword of a later PostgreSQL', () => {
  it.each([
    'SELECT NULL::json_value; TRUNCATE a',
    'CREATE TABLE b (x Json_Scalar); TRUNCATE a',
    'DROP FUNCTION merge_action; TRUNCATE a',
    'DROP FUNCTION json; TRUNCATE a',
    'SELECT NULL::json.pair; TRUNCATE a',
  ])('is a name here: %s', (sql) => {
    expect(verdict(sql)).toBe(`ok; ${truncates}`);
  });

  it('is in quotes only where the later grammar would not take it for a name', () => {
    expect(sent('SELECT x IS JSON, json_value(1) FROM a')).toEqual([
      'SELECT x IS JSON, "json_value"(1) FROM a',
    ]);
  });
});

describe('a text that is too deep to be judged', () => {
  it.each([
    ['casts', `SELECT 1${'::int'.repeat(9000)}; TRUNCATE a`],
    ['NOT', `SELECT ${'NOT '.repeat(9000)} true; TRUNCATE a`],
    ['queries in queries', `${'(SELECT '.repeat(4500)}1${')'.repeat(4500)}; TRUNCATE a`],
    ['parentheses', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}; TRUNCATE a`],
    ['an index', `CREATE INDEX ASYNC i ON a ((b${'::int'.repeat(9000)}))`],
    [
      'the body of a function',
      `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1${'::int'.repeat(9000)}'`,
    ],
  ])('is refused as a whole: %s', (_name, sql) => {
    expect(verdict(sql)).toBe(tooDeep);
    expect(refusalOf(sql)).toMatchObject({ code: '54001' });
  });

  it('does not wear the grammar out', async () => {
    const deep = `SELECT 1${'::int'.repeat(20_000)}`;
    // A parser that is not replaced is worn out by the 43rd.
    for (const part of [1, 2]) {
      const before = currentParser();
      for (let time = 0; time < 24; time += 1) {
        expect(verdict(`${deep}, ${part}, ${time}`)).toBe(tooDeep);
      }
      await expect.poll(currentParser).not.toBe(before);
      await currentParser()?.exports.loadModule();
      await new Promise(setImmediate);
    }
    expect(verdict('SELECT 1; TRUNCATE a')).toBe(`ok; ${truncates}`);
  });
});

describe('a text that the grammar does not know', () => {
  it('goes to PostgreSQL for its words, but cannot run', () => {
    for (const sql of ['SELEC 1', 'SELECT 1; SELEC 1', 'CREATE ASSERTION a CHECK (true)']) {
      expect(isUnrunnable(sql)).toBe(true);
      expect(sent(sql)[0]?.startsWith(sql)).toBe(true);
    }
  });

  it.each([
    ['CREATE TABLE a', 'syntax error at end of input'],
    ["SELECT 'a", `unterminated quoted string at or near "'a"`],
    ['CREATE INDEX ASYNC i ON a', 'syntax error at end of input'],
  ])('is refused in the same words where its end is missing: %s', (sql, message) => {
    expect(verdict(sql)).toBe(`42601 ${message}`);
  });

  it('takes as many parameters as it names', () => {
    expect(sent("SELECT $2, '$7' FROM")[0]).toMatch(/\), \$1, \$2$/);
  });

  it('is no body of a function either', () => {
    const create = 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS';
    expect(verdict(`${create} 'SELEC 1; TRUNCATE a'`)).toBe(
      '42601 syntax error at or near "SELEC"',
    );
    expect(verdict(`${create} ''`)).toBe('ok');
  });

  it('is not the one that says nothing', () => {
    expect(read('')).toEqual([]);
    expect(read(' -- nothing')).toEqual([]);
  });
});
