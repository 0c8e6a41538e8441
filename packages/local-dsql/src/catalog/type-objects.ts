import { keylessTypes, storedTypes } from '../statements/rules/types.ts';

/** A list of types, by PostgreSQL's internal names, as an array of their numbers. */
const oids = (names: readonly string[]): string =>
  `ARRAY[${names.map((name) => `'${name}'::regtype`).join(', ')}]`;

/**
 * `numeric` without a precision, as the service's documentation of types has it, encoded as a
 * type's modifier.
 */
const defaultNumeric = ((18 << 16) | 6) + 4;

/**
 * Refuses columns of types that DSQL does not store where a statement's text does not name them:
 * row types, domains of the catalog, what `LIKE` takes over, the keys of an index on an expression.
 * Refuses keys of types that have no order in DSQL. Gives a `numeric` column its default precision,
 * which PostgreSQL does not have. Otherwise an amount could fit here that the service rounds.
 */
export const typeObjects = `
CREATE OR REPLACE FUNCTION pg_antipode.base_type(type oid) RETURNS oid LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  WITH RECURSIVE chain AS (
    SELECT oid, typtype, typbasetype FROM pg_type WHERE oid = type
    UNION ALL
    SELECT t.oid, t.typtype, t.typbasetype FROM pg_type t JOIN chain c ON c.typtype = 'd' AND t.oid = c.typbasetype
  )
  SELECT oid FROM chain WHERE typtype <> 'd'
$$;

CREATE OR REPLACE FUNCTION pg_antipode.check_types() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  stored CONSTANT oid[] := ${oids(storedTypes)};
  keyless CONSTANT oid[] := ${oids(keylessTypes)};
  keyable CONSTANT oid[] := ${oids(storedTypes.filter((type) => !keylessTypes.includes(type)))};
  -- By an array, PostgreSQL uses its catalog's indexes. A join would read the whole catalog.
  changed oid[] := ARRAY(SELECT objid FROM pg_event_trigger_ddl_commands() WHERE classid = 'pg_class'::regclass);
  refused oid;
BEGIN
  changed := ARRAY(SELECT oid FROM pg_class
                   WHERE oid = ANY (changed) AND relkind IN ('r', 'i') AND pg_antipode.is_own(relnamespace));
  IF changed = '{}' THEN RETURN; END IF;
  -- The look-up of a base type takes long, so it is made for no type that is stored as it is.
  SELECT pg_antipode.base_type(a.atttypid) INTO refused FROM pg_attribute a
  WHERE a.attrelid = ANY (changed) AND a.attnum > 0 AND NOT a.attisdropped
    AND a.atttypid <> ALL (stored) AND pg_antipode.base_type(a.atttypid) <> ALL (stored)
  LIMIT 1;
  IF refused IS NOT NULL THEN
    RAISE EXCEPTION 'datatype % not supported', format_type(refused, NULL) USING ERRCODE = '0A000';
  END IF;
  SELECT pg_antipode.base_type(a.atttypid) INTO refused
  FROM pg_attribute a JOIN pg_index i ON a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts
  WHERE (i.indrelid = ANY (changed) OR i.indexrelid = ANY (changed))
    AND a.atttypid <> ALL (keyable) AND pg_antipode.base_type(a.atttypid) = ANY (keyless)
  LIMIT 1;
  IF refused IS NOT NULL THEN
    RAISE EXCEPTION 'datatype % is not supported in a key', format_type(refused, NULL) USING ERRCODE = '0A000';
  END IF;
  UPDATE pg_attribute SET atttypmod = ${defaultNumeric}
  WHERE atttypid = 'numeric'::regtype AND atttypmod = -1 AND attnum > 0 AND attgenerated = ''
    AND attrelid = ANY (ARRAY(SELECT oid FROM pg_class WHERE oid = ANY (changed) AND relkind = 'r'));
END $$;

DO $$ BEGIN
  -- A kept database may have the trigger with a function of another name.
  IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'antipode_types' AND evtfoid = 'pg_antipode.check_types'::regproc) THEN
    DROP EVENT TRIGGER IF EXISTS antipode_types;
    CREATE EVENT TRIGGER antipode_types ON ddl_command_end
      WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'CREATE SCHEMA')
      EXECUTE FUNCTION pg_antipode.check_types();
  END IF;
END $$;
`;
