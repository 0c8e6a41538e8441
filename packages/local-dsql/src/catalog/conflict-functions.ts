/** Functions that find conflicts which PostgreSQL does not see. */
export const conflictFunctions = `
-- Whether a transaction has removed or locked the row after it updated this version.
CREATE OR REPLACE FUNCTION pg_antipode.is_removed_or_locked_later(relation regclass, version tid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  keys_updated CONSTANT int := 8192;
  xmax_invalid CONSTANT int := 2048;
  item record;
  current tid := version;
BEGIN
  LOOP
    SELECT t_ctid, t_infomask, t_infomask2 INTO item
    FROM pg_antipode.heap_page_items(pg_antipode.get_raw_page(relation::text, (current::text::point)[0]::int))
    WHERE lp = (current::text::point)[1]::int;
    IF current <> version AND item.t_infomask & xmax_invalid = 0 AND item.t_infomask2 & keys_updated <> 0 THEN
      RETURN true;
    END IF;
    IF item.t_ctid IS NULL OR item.t_ctid = current THEN RETURN false; END IF;
    current := item.t_ctid;
  END LOOP;
END $$;

-- Whether an index calls only PostgreSQL's functions, because a user's function must not run as a
-- superuser. PostgreSQL records no dependencies on its own objects.
CREATE OR REPLACE FUNCTION pg_antipode.is_trusted(index_oid oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = index_oid
                     AND refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass))
$$;

-- Whether the transaction has inserted a key that its snapshot contains. Another transaction has
-- then deleted that key since.
CREATE OR REPLACE FUNCTION pg_antipode.has_reinserted_key(relations text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  rows text;
  found boolean;
BEGIN
  -- A false conflict does less harm than a missed one.
  IF EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             WHERE i.indisunique AND i.indisready AND c.relname = ANY (relations)
               AND NOT pg_antipode.is_trusted(i.indexrelid)) THEN
    RETURN true;
  END IF;
  FOR rows IN
    SELECT format('SELECT ctid AS place, xmin AS writer, %s FROM %s%s',
      (SELECT string_agg(format('(%s) AS k%s', pg_antipode.pg_get_indexdef(i.indexrelid, n, true), n), ', ')
       FROM generate_series(1, i.indnkeyatts) n),
      i.indrelid::regclass, coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), ''))
      || ' @ ' || (SELECT string_agg('k' || n, ', ') FROM generate_series(1, i.indnkeyatts) n)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE i.indisunique AND i.indisready AND c.relname = ANY (relations) LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM (%1$s) a JOIN (%1$s) b USING (%2$s)
                    WHERE a.writer = pg_current_xact_id()::xid AND a.place <> b.place)',
                   split_part(rows, ' @ ', 1), split_part(rows, ' @ ', 2)) INTO found;
    IF found THEN RETURN true; END IF;
  END LOOP;
  RETURN false;
END $$;

-- Whether the rows that violate a constraint are newer than a snapshot. The error's detail names
-- them.
CREATE OR REPLACE FUNCTION pg_antipode.is_newer_than_snapshot(relation regclass, constraint_name text, detail text, seen pg_snapshot)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  epoch bigint := (pg_snapshot_xmax(seen)::text::bigint >> 32) << 32;
  key text := substring(detail FROM position(')=(' IN detail) + 3);
  columns text;
  newer boolean;
BEGIN
  IF EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE i.indrelid = relation AND c.relname = constraint_name AND NOT pg_antipode.is_trusted(c.oid)) THEN
    RETURN true;
  END IF;
  SELECT string_agg(pg_antipode.pg_get_indexdef(i.indexrelid, n, true), ', ' ORDER BY n) INTO columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid, generate_series(1, i.indnkeyatts) n
  WHERE i.indrelid = relation AND c.relname = constraint_name;
  IF columns IS NULL THEN
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY n) INTO columns
    FROM pg_constraint f, unnest(f.conkey) WITH ORDINALITY k(attnum, n), pg_attribute a
    WHERE f.conrelid = relation AND f.conname = constraint_name AND f.contype = 'f'
      AND a.attrelid = relation AND a.attnum = k.attnum;
  END IF;
  IF columns IS NULL THEN RETURN false; END IF;
  EXECUTE format('SELECT bool_and(NOT pg_visible_in_snapshot(($2 + xmin::text::bigint)::text::xid8, $3))
                  FROM %s WHERE starts_with($1, concat_ws('', '', %s) || '') '')', relation, columns)
  INTO newer USING key, epoch, seen;
  RETURN coalesce(newer, false);
END $$;
`;
