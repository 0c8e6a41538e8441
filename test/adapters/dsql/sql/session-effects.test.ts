import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../../../src/adapters/dsql/sql/statement-shape.ts';

const problemOf = (sql: string): string | undefined => shapeOf(sql).problem;

describe('a migration may not have what outlives its statement in the session alone:', () => {
  it.each([
    'SET search_path = shop',
    'set local search_path to shop',
    'SET SESSION AUTHORIZATION app',
    'SET ROLE app',
    "SET TIME ZONE 'Asia/Tokyo'",
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    'SET CONSTRAINTS ALL DEFERRED',
    'RESET ALL',
    "SELECT set_config('search_path', 'shop', false)",
    "SELECT pg_catalog.set_config('search_path', '', false)",
    'select "pg_catalog" . "set_config" (\'search_path\', \'shop\', true)',
    "SELECT 1 FROM Set_Config /* now */ ('search_path', 'shop', false)",
    "WITH x AS (SELECT set_config('search_path', 'shop', false)) INSERT INTO a SELECT * FROM x",
    "INSERT INTO a VALUES (set_config('role', 'app', false))",
    "UPDATE a SET b = c WHERE set_config('role', 'app', false) = 'app' RETURNING b",
    "CREATE TABLE a AS SELECT set_config('role', 'app', false)",
    "SELECT U&\"set\\005fconfig\"('search_path', 'shop', false)",
    "SELECT U&\"set!005fconfig\" UESCAPE '!' ('search_path', 'shop', false)",
    "UPDATE pg_settings SET setting = 'shop' WHERE name = 'search_path'",
    "UPDATE ONLY pg_catalog.pg_settings AS s SET setting = 'shop' WHERE name = 'search_path'",
    "DO $$ BEGIN PERFORM set_config('search_path', 'shop', false); END $$",
    "DO LANGUAGE plpgsql 'BEGIN END'",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT set_config('search_path', 'shop', false) $$",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT set_config(''search_path'', ''shop'', false)'",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT set_'\n'config(''search_path'', ''shop'', false)'",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS U&'SELECT set\\005fconfig(''search_path'', ''shop'', false)'",
    'CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS $x$ SET search_path = shop $x$',
    'CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 1; SET ROLE app; SELECT 2 $$',
    "CREATE FUNCTION f() RETURNS text RETURN set_config('search_path', 'shop', false)",
    "SELECT query_to_xml('SELECT set_config(''search_path'', ''shop'', false)', true, true, '')",
    'PREPARE p AS SELECT 1',
    'EXECUTE p',
    'DEALLOCATE p',
    'DISCARD ALL',
    'LISTEN shop',
    'UNLISTEN *',
    "NOTIFY shop, 'x'",
    'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
    'FETCH ALL FROM c',
    'CLOSE c',
    'MOVE c',
    "LOAD 'x'",
    'LOCK TABLE a',
    'CREATE TEMP TABLE a (id int)',
    'create temporary view a as select 1',
    'CREATE LOCAL TEMPORARY TABLE a (id int)',
    'CREATE GLOBAL TEMP TABLE a (id int)',
    'CREATE OR REPLACE TEMP VIEW a AS SELECT 1',
    'CREATE TEMPORARY SEQUENCE a',
    'CREATE TABLE pg_temp.a (id int)',
    'SELECT 1 INTO TEMP a',
    'SELECT 1 INTO TEMPORARY TABLE a',
    "SELECT currval('s')",
    'INSERT INTO a VALUES (lastval())',
    "SELECT pg_catalog.currval('s')",
    'SELECT pg_advisory_lock(1)',
    'SELECT pg_try_advisory_xact_lock(1)',
    'SELECT pg_advisory_unlock_all()',
    'SELECT setseed(0.5)',
    'ALTER ROLE admin SET search_path = shop',
    'ALTER USER CURRENT_USER SET search_path = shop',
    'ALTER ROLE ALL RESET ALL',
    'ALTER ROLE "admin" IN DATABASE postgres SET search_path = shop',
    'ALTER DATABASE postgres SET search_path = shop',
  ])('%s', (sql) => {
    expect(problemOf(sql)).toMatch(/: (?:remove|write|name|give|insert|keep)\b/);
  });
});

describe('it may have what only looks so:', () => {
  it.each([
    'UPDATE a SET b = 1',
    "INSERT INTO notes VALUES ('SELECT set_config(''search_path'', ''x'', false)')",
    'CREATE TABLE set_config (id int)',
    'SELECT set_config FROM a',
    'CREATE TABLE temp (id int)',
    'CREATE TABLE a (temp int, lastval int)',
    'ALTER TABLE a ALTER COLUMN b SET DEFAULT 1',
    'ALTER ROLE app SET search_path = shop',
    'ALTER ROLE app WITH LOGIN',
    "SELECT setval('s', 10), nextval('s')",
    "SELECT current_setting('search_path')",
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = shop AS $$ UPDATE a SET b = 1 RETURNING b $$',
    "COMMENT ON TABLE a IS 'currval(x)'",
    'INSERT INTO a SELECT * FROM pg_settings',
    'SELECT 1 -- set_config(',
  ])('%s', (sql) => {
    expect(problemOf(sql)).toBeUndefined();
  });
});

describe('no statement begins with', () => {
  it.each([
    'DELIMITER //',
    'GO',
    'USE shop',
    '# --- !Ups CREATE TABLE a (id int)',
    '/ CREATE TABLE a (id int)',
    'migrate:down',
    '{{ config }} SELECT 1',
    '12',
  ])('%s', (sql) => {
    expect(problemOf(sql)).toMatch(/^no statement of SQL begins with .*: remove it, or write SQL$/);
  });
});
