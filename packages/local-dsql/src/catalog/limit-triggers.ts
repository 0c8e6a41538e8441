/**
 * Checks DSQL's limits inside of PostgreSQL, which sees every write. An event trigger watches the
 * catalog and puts a trigger on each table. That one counts the rows and bytes that a transaction
 * writes, also by cascades, by COPY and in the inner parts of a statement. The limits are settings
 * of the session; a session without them has no limits.
 */
export const limitTriggers = `
CREATE OR REPLACE FUNCTION pg_antipode.limit_of(name text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('antipode.' || name, true), '')::bigint
$$;

CREATE OR REPLACE FUNCTION pg_antipode.exceeded(message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = message;
END $$;

-- DSQL finds at COMMIT that a transaction has written too much. A deferred trigger on this table
-- does the same.
CREATE TABLE IF NOT EXISTS pg_antipode.oversized (transaction xid8);

CREATE OR REPLACE FUNCTION pg_antipode.fail_oversized() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  mebibyte CONSTANT numeric := 1024 ^ 2;
  allowed text := round(pg_antipode.limit_of('transaction_bytes_max') / mebibyte) || 'mb';
  written bigint := current_setting('antipode.written')::bigint >> 20;
BEGIN
  RAISE EXCEPTION USING ERRCODE = '54000',
    MESSAGE = format('transaction size limit %s exceeded', allowed),
    DETAIL = format('Current transaction size %smb > %s', ceil(written / mebibyte), allowed);
END $$;

CREATE OR REPLACE FUNCTION pg_antipode.mark_oversized() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO pg_antipode.oversized VALUES (pg_current_xact_id())
$$;

-- Looks at the columns and keys of a row that is not small.
CREATE OR REPLACE FUNCTION pg_antipode.check_sizes(relation oid, written record, bytes int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  found record;
BEGIN
  IF bytes > pg_antipode.limit_of('row_bytes_max') THEN PERFORM pg_antipode.exceeded('maximum row size exceeded'); END IF;
  IF bytes > pg_antipode.limit_of('column_bytes_max') THEN
    FOR found IN SELECT attname, atttypid FROM pg_attribute
                 WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attlen = -1 LOOP
      EXECUTE format('SELECT pg_column_size($1.%I)', found.attname) INTO bytes USING written;
      IF bytes > pg_antipode.limit_of('column_bytes_max') + 4 THEN
        PERFORM pg_antipode.exceeded(format('datatype limit greater than %s bytes not supported for %s',
          pg_antipode.limit_of('column_bytes_max'), format_type(found.atttypid, NULL)));
      END IF;
    END LOOP;
  END IF;
  FOR found IN
    SELECT string_agg(format('coalesce(pg_column_size($1.%I), 0)', a.attname), ' + ') AS total
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = relation
      AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
    WHERE i.indrelid = relation GROUP BY i.indexrelid HAVING bool_or(a.attlen = -1) LOOP
    EXECUTE 'SELECT ' || found.total INTO bytes USING written;
    IF bytes > pg_antipode.limit_of('key_bytes_max') THEN PERFORM pg_antipode.exceeded('key size too large'); END IF;
  END LOOP;
END $$;

-- Handles a transaction that has exceeded a limit, or has written a row that is not small.
CREATE OR REPLACE FUNCTION pg_antipode.check_write(relation oid, kept record, written bigint, bytes int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  bytes_max bigint := current_setting('antipode.transaction_bytes_max');
  before bigint := written - (bytes::bigint << 20);
BEGIN
  IF (written & 1048575) > pg_antipode.limit_of('rows_max') THEN PERFORM pg_antipode.exceeded('transaction row limit exceeded'); END IF;
  IF (written >> 20) > bytes_max AND (before >> 20) <= bytes_max THEN PERFORM pg_antipode.mark_oversized(); END IF;
  IF bytes > pg_antipode.limit_of('checked_bytes_min') THEN PERFORM pg_antipode.check_sizes(relation, kept, bytes); END IF;
END $$;

-- One setting has the rows in its lower 20 bits, and the bytes above. There are few expressions
-- here, because each transaction prepares each of them again.
CREATE OR REPLACE FUNCTION pg_antipode.count_write() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bytes int;
  written bigint;
BEGIN
  IF coalesce(current_setting('antipode.rows_max', true), '') = '' THEN RETURN NULL; END IF;
  bytes := coalesce(pg_column_size(NEW), 0);
  written := set_config('antipode.written', (coalesce(nullif(current_setting('antipode.written', true), ''), '0')::bigint
    + (bytes::bigint << 20) + 1)::text, true)::bigint;
  IF (written & 1048575) > current_setting('antipode.rows_max')::bigint
     OR (written >> 20) > current_setting('antipode.transaction_bytes_max')::bigint
     OR bytes > current_setting('antipode.checked_bytes_min')::int THEN
    PERFORM pg_antipode.check_write(TG_RELID, NEW, written, bytes);
  END IF;
  RETURN NULL;
END $$;

-- Tools show no internal trigger. Values are stored uncompressed, so that their size is the size
-- that was written.
CREATE OR REPLACE FUNCTION pg_antipode.watch_table(relation oid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE pg_attribute SET attstorage = 'e'
  WHERE attstorage = 'x' AND attnum > 0
    AND attrelid = ANY (relation || ARRAY(SELECT indexrelid FROM pg_index WHERE indrelid = relation));
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relation AND tgname = 'antipode_count') THEN RETURN; END IF;
  EXECUTE format('CREATE TRIGGER antipode_count AFTER INSERT OR UPDATE OR DELETE ON %s
                  FOR EACH ROW EXECUTE FUNCTION pg_antipode.count_write()', relation::regclass);
  UPDATE pg_trigger SET tgisinternal = true WHERE tgrelid = relation AND tgname = 'antipode_count';
END $$;

CREATE OR REPLACE FUNCTION pg_antipode.check_table(relation oid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped)
     > pg_antipode.limit_of('columns_max') THEN
    RAISE EXCEPTION 'tables can have at most % columns', pg_antipode.limit_of('columns_max') USING ERRCODE = '54011';
  END IF;
  IF (SELECT count(*) FROM pg_index WHERE indrelid = relation) > pg_antipode.limit_of('indexes_max') THEN
    PERFORM pg_antipode.exceeded(format('more than %s indexes per table are not allowed', pg_antipode.limit_of('indexes_max')));
  END IF;
  IF EXISTS (SELECT FROM pg_index i, LATERAL (
               SELECT sum(a.atttypmod - 4) AS bytes FROM pg_attribute a
               WHERE a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts
                 AND a.atttypid IN ('bpchar'::regtype, 'varchar'::regtype) AND a.atttypmod > 4) declared
             WHERE i.indrelid = relation AND declared.bytes > pg_antipode.limit_of('declared_key_bytes_max')) THEN
    PERFORM pg_antipode.exceeded(format('key size greater than %s bytes not supported', pg_antipode.limit_of('declared_key_bytes_max')));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION pg_antipode.is_own(namespace oid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT nspname !~ '^pg_' AND nspname NOT IN ('sys', 'information_schema') FROM pg_namespace WHERE oid = namespace
$$;

CREATE OR REPLACE FUNCTION pg_antipode.relations(kind "char") RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM pg_class
  WHERE relkind = kind AND relnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE pg_antipode.is_own(oid)))
$$;

CREATE OR REPLACE FUNCTION pg_antipode.after_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  -- By an array, PostgreSQL uses its catalog's indexes. A join would read the whole catalog.
  changed oid[] := ARRAY(SELECT objid FROM pg_event_trigger_ddl_commands() WHERE classid = 'pg_class'::regclass);
  relation oid;
BEGIN
  FOR relation IN
    SELECT DISTINCT coalesce(i.indrelid, c.oid) FROM pg_class c
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.oid = ANY (changed) AND c.relkind IN ('r', 'i') AND pg_antipode.is_own(c.relnamespace) LOOP
    PERFORM pg_antipode.check_table(relation);
    PERFORM pg_antipode.watch_table(relation);
  END LOOP;
  IF TG_TAG = 'CREATE TABLE' AND pg_antipode.relations('r') > pg_antipode.limit_of('tables_max') THEN
    PERFORM pg_antipode.exceeded(format('creating more than %s tables not allowed', pg_antipode.limit_of('tables_max')));
  END IF;
  IF TG_TAG = 'CREATE VIEW' AND pg_antipode.relations('v') > pg_antipode.limit_of('views_max') THEN
    PERFORM pg_antipode.exceeded(format('creating more than %s views not allowed', pg_antipode.limit_of('views_max')));
  END IF;
  -- An identity column makes its own sequence.
  IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE SEQUENCE')
     AND pg_antipode.relations('S') > pg_antipode.limit_of('sequences_max') THEN
    PERFORM pg_antipode.exceeded(format('creating more than %s sequences not allowed', pg_antipode.limit_of('sequences_max')));
  END IF;
  IF TG_TAG = 'CREATE SCHEMA' AND (SELECT count(*) FROM pg_namespace WHERE pg_antipode.is_own(oid) AND nspname <> 'public')
     > pg_antipode.limit_of('schemas_max') THEN
    PERFORM pg_antipode.exceeded(format('more than %s schemas not allowed', pg_antipode.limit_of('schemas_max')));
  END IF;
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'pg_antipode.oversized'::regclass) THEN
    CREATE CONSTRAINT TRIGGER oversized AFTER INSERT ON pg_antipode.oversized DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION pg_antipode.fail_oversized();
  END IF;
  -- A kept database may have a trigger that watches fewer statements.
  IF NOT EXISTS (SELECT FROM pg_event_trigger
                 WHERE evtname = 'antipode_limits' AND 'CREATE SEQUENCE' = ANY (evttags)) THEN
    DROP EVENT TRIGGER IF EXISTS antipode_limits;
    CREATE EVENT TRIGGER antipode_limits ON ddl_command_end
      WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'CREATE SCHEMA', 'CREATE VIEW', 'CREATE SEQUENCE')
      EXECUTE FUNCTION pg_antipode.after_ddl();
  END IF;
  -- Watches the tables of a kept database that an older version has made.
  PERFORM pg_antipode.watch_table(oid) FROM pg_class WHERE relkind = 'r' AND pg_antipode.is_own(relnamespace);
END $$;
`;
