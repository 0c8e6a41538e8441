/**
 * Makes the catalog look like DSQL's to tools. Some functions of PostgreSQL are replaced. Tables
 * that must not be changed have views in `pg_antipode`, which clients read instead
 * (`statements/catalogs.ts`).
 *
 * Recorded: the version, the access method, the extensions, and that a primary key includes all
 * other columns. Measured: `btree` stays beside `btree_index`.
 */
export const catalogObjects = `
-- PostgreSQL calls its own functions by their number. So each replaced one keeps its number, and
-- moves to another schema.
UPDATE pg_catalog.pg_proc SET pronamespace = 'pg_antipode'::regnamespace
WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384 AND proname IN (
  'version', 'pg_available_extensions', 'pg_available_extension_versions', 'pg_get_indexdef', 'pg_get_constraintdef');

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT RETURN 'PostgreSQL 16';

CREATE OR REPLACE FUNCTION pg_catalog.pg_available_extensions(
  OUT name name, OUT default_version text, OUT comment text
) RETURNS SETOF record LANGUAGE sql STABLE PARALLEL SAFE STRICT COST 10 ROWS 100
BEGIN ATOMIC SELECT NULL::name, NULL::text, NULL::text WHERE false; END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_available_extension_versions(
  OUT name name, OUT version text, OUT superuser boolean, OUT trusted boolean, OUT relocatable boolean, OUT schema name,
  OUT requires name[], OUT comment text
) RETURNS SETOF record LANGUAGE sql STABLE PARALLEL SAFE STRICT COST 10 ROWS 100
BEGIN ATOMIC
  SELECT NULL::name, NULL::text, false, false, false, NULL::name, NULL::name[], NULL::text WHERE false;
END;

-- The columns of a table that are in no key of the index, in their order.
CREATE OR REPLACE FUNCTION pg_antipode.other_columns(index_oid oid) RETURNS SETOF pg_catalog.pg_attribute
LANGUAGE sql STABLE PARALLEL SAFE BEGIN ATOMIC
  SELECT a.* FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE i.indexrelid = index_oid AND a.attnum <> ALL ((i.indkey::int2[])[0:i.indnkeyatts - 1])
  ORDER BY a.attnum;
END;

-- The definition of a primary key, or of its index, with all columns.
CREATE OR REPLACE FUNCTION pg_antipode.with_columns(definition text, index_oid oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN regexp_replace(definition, ' INCLUDE \\(.*\\)$', '') || coalesce(
  (SELECT ' INCLUDE (' || string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) || ')'
   FROM pg_antipode.other_columns(index_oid) c), '');

CREATE OR REPLACE FUNCTION pg_antipode.shown_indexdef(definition text, index_oid oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN (SELECT i.indisprimary FROM pg_catalog.pg_index i WHERE i.indexrelid = index_oid)
  THEN pg_antipode.with_columns(replace(definition, ' USING btree (', ' USING btree_index ('), index_oid)
  ELSE replace(definition, ' USING btree (', ' USING btree_index (') END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_indexdef(oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT RETURN pg_antipode.shown_indexdef(pg_antipode.pg_get_indexdef($1), $1);

-- The columns of an index by their number: those that a primary key includes follow its key.
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT
RETURN CASE
  WHEN $2 = 0 THEN pg_antipode.shown_indexdef(pg_antipode.pg_get_indexdef($1, $2, $3), $1)
  WHEN (SELECT i.indisprimary AND $2 > i.indnkeyatts FROM pg_catalog.pg_index i WHERE i.indexrelid = $1)
  THEN coalesce((SELECT quote_ident(c.attname) FROM pg_antipode.other_columns($1) c ORDER BY c.attnum
    OFFSET $2 - 1 - (SELECT i.indnkeyatts FROM pg_catalog.pg_index i WHERE i.indexrelid = $1) LIMIT 1), '')
  ELSE pg_antipode.pg_get_indexdef($1, $2, $3) END;

CREATE OR REPLACE FUNCTION pg_antipode.shown_constraintdef(definition text, constraint_oid oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce((SELECT pg_antipode.with_columns(definition, c.conindid) FROM pg_catalog.pg_constraint c
                 WHERE c.oid = constraint_oid AND c.contype = 'p'), definition);

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_constraintdef(oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT RETURN pg_antipode.shown_constraintdef(pg_antipode.pg_get_constraintdef($1), $1);
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_constraintdef(oid, boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT RETURN pg_antipode.shown_constraintdef(pg_antipode.pg_get_constraintdef($1, $2), $1);

-- Created once: replacing a view waits for every transaction that has read it.
DO $views$ BEGIN
IF to_regclass('pg_antipode.pg_index') IS NOT NULL THEN RETURN; END IF;
-- PostgreSQL's own views go on calling the functions that were there.
CREATE OR REPLACE VIEW pg_catalog.pg_indexes AS
  SELECT n.nspname AS schemaname, c.relname AS tablename, i.relname AS indexname, t.spcname AS tablespace,
         pg_catalog.pg_get_indexdef(i.oid) AS indexdef
  FROM pg_catalog.pg_index x
  JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = i.reltablespace
  WHERE c.relkind IN ('r', 'm', 'p') AND i.relkind IN ('i', 'I');
CREATE OR REPLACE VIEW pg_catalog.pg_available_extensions AS
  SELECT e.name, e.default_version, NULL::text COLLATE "C" AS installed_version, e.comment
  FROM pg_catalog.pg_available_extensions() e;
CREATE OR REPLACE VIEW pg_catalog.pg_available_extension_versions AS
  SELECT e.name, e.version, false AS installed, e.superuser, e.trusted, e.relocatable, e.schema, e.requires, e.comment
  FROM pg_catalog.pg_available_extension_versions() e;

CREATE OR REPLACE VIEW pg_antipode.pg_index AS
  SELECT i.indexrelid, i.indrelid,
         CASE WHEN i.indisprimary THEN (i.indnkeyatts + cardinality(o.columns))::int2 ELSE i.indnatts END AS indnatts,
         i.indnkeyatts, i.indisunique, i.indnullsnotdistinct, i.indisprimary, i.indisexclusion, i.indimmediate,
         i.indisclustered, i.indisvalid, i.indcheckxmin, i.indisready, i.indislive, i.indisreplident,
         CASE WHEN i.indisprimary
              THEN array_to_string((i.indkey::int2[])[0:i.indnkeyatts - 1] || o.columns, ' ')::int2vector
              ELSE i.indkey END AS indkey,
         i.indcollation, i.indclass, i.indoption, i.indexprs, i.indpred
  FROM pg_catalog.pg_index i, LATERAL (
    SELECT CASE WHEN i.indisprimary THEN ARRAY(SELECT c.attnum FROM pg_antipode.other_columns(i.indexrelid) c)
           ELSE '{}' END AS columns) o;
GRANT SELECT ON pg_antipode.pg_index TO PUBLIC;

CREATE OR REPLACE VIEW pg_antipode.pg_am AS
  SELECT oid, CASE WHEN oid = 403 THEN 'btree_index'::name ELSE amname END AS amname, amhandler, amtype
  FROM pg_catalog.pg_am
  UNION ALL
  -- An unused number among those of PostgreSQL's own objects.
  SELECT 9000::oid, amname, amhandler, amtype FROM pg_catalog.pg_am WHERE oid = 403;
GRANT SELECT ON pg_antipode.pg_am TO PUBLIC;
END $views$;

-- Recorded: no text search configuration exists, neither by a name nor by default.
DELETE FROM pg_catalog.pg_ts_config_map;
DELETE FROM pg_catalog.pg_ts_config;
DELETE FROM pg_catalog.pg_ts_dict;
DELETE FROM pg_catalog.pg_ts_parser;
DELETE FROM pg_catalog.pg_ts_template;
`;

/**
 * Functions of two extensions that look at pages and locks. They are made without the extensions,
 * because DSQL shows none but `plpgsql`; a kept database may have them.
 */
export const inspectionObjects = `
DROP EXTENSION IF EXISTS pgrowlocks;
DROP EXTENSION IF EXISTS pageinspect;
CREATE OR REPLACE FUNCTION pg_antipode.get_raw_page(text, bigint) RETURNS bytea
LANGUAGE c PARALLEL RESTRICTED STRICT AS '$libdir/pageinspect', 'get_raw_page_1_9';
CREATE OR REPLACE FUNCTION pg_antipode.heap_page_items(
  page bytea, OUT lp smallint, OUT lp_off smallint, OUT lp_flags smallint, OUT lp_len smallint, OUT t_xmin xid,
  OUT t_xmax xid, OUT t_field3 integer, OUT t_ctid tid, OUT t_infomask2 integer, OUT t_infomask integer,
  OUT t_hoff smallint, OUT t_bits text, OUT t_oid oid, OUT t_data bytea
) RETURNS SETOF record LANGUAGE c PARALLEL SAFE STRICT AS '$libdir/pageinspect', 'heap_page_items';
CREATE OR REPLACE FUNCTION pg_antipode.pgrowlocks(
  relname text, OUT locked_row tid, OUT locker xid, OUT multi boolean, OUT xids xid[], OUT modes text[],
  OUT pids integer[]
) RETURNS SETOF record LANGUAGE c PARALLEL SAFE STRICT AS '$libdir/pgrowlocks', 'pgrowlocks';
`;
