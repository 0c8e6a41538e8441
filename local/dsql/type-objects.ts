import { storedTypes } from './statements/types.ts';

/**
 * Refuses columns of types that DSQL does not store where a statement's text does not name them: row types,
 * domains of the catalog, what `LIKE` takes over, the keys of an index on an expression.
 */
export const typeObjects = `
CREATE OR REPLACE FUNCTION sys.base_type(type oid) RETURNS oid LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  WITH RECURSIVE chain AS (
    SELECT oid, typtype, typbasetype FROM pg_type WHERE oid = type
    UNION ALL
    SELECT t.oid, t.typtype, t.typbasetype FROM pg_type t JOIN chain c ON c.typtype = 'd' AND t.oid = c.typbasetype
  )
  SELECT oid FROM chain WHERE typtype <> 'd'
$$;

CREATE OR REPLACE FUNCTION sys.refuse_types() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  stored CONSTANT oid[] := ARRAY[${storedTypes.map((name) => `'${name}'::regtype`).join(', ')}];
  refused oid;
BEGIN
  SELECT sys.base_type(a.atttypid) INTO refused
  FROM pg_event_trigger_ddl_commands() d
  JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind IN ('r', 'i')
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE sys.is_own(c.relnamespace) AND sys.base_type(a.atttypid) <> ALL (stored)
  LIMIT 1;
  IF refused IS NOT NULL THEN
    RAISE EXCEPTION 'datatype % not supported', format_type(refused, NULL) USING ERRCODE = '0A000';
  END IF;
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'antipode_types') THEN
    CREATE EVENT TRIGGER antipode_types ON ddl_command_end
      WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'CREATE SCHEMA')
      EXECUTE FUNCTION sys.refuse_types();
  END IF;
END $$;
`;
