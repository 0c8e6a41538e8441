/** Seconds between two looks of `wait_for_job` at its job. */
const lookSeconds = 0.02;

/**
 * Jobs that build an index or validate a constraint after their statement, as DSQL's do. PostgreSQL
 * does the work in the statement, and the result becomes valid later. The setting `antipode.job_ms`
 * of the session is the delay in milliseconds; without it, or with 0, the job ends with its
 * statement.
 *
 * Recorded: the states, that a job has no time of change at first, and that an index is not valid
 * before its job has ended. Stated by AWS: a unique index that is being built refuses new
 * duplicates.
 */
export const jobObjects = `
CREATE TABLE IF NOT EXISTS pg_antipode.jobs (
  job_id text PRIMARY KEY,
  status text NOT NULL,
  details text,
  job_type text NOT NULL,
  class_id oid,
  object_id oid,
  object_name text,
  start_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz
);
-- A kept database may have an older form of the table.
DO $$ BEGIN
  IF (SELECT attnotnull FROM pg_attribute WHERE attrelid = 'pg_antipode.jobs'::regclass AND attname = 'update_time') THEN
    ALTER TABLE pg_antipode.jobs ALTER COLUMN update_time DROP NOT NULL, ALTER COLUMN update_time DROP DEFAULT;
  END IF;
END $$;
CREATE OR REPLACE VIEW sys.jobs AS
  SELECT job_id, status, details, job_type, class_id, object_id, object_name, start_time, update_time
  FROM pg_antipode.jobs;
GRANT SELECT ON sys.jobs TO PUBLIC;

-- The result of each job that has not ended, and its times.
CREATE TABLE IF NOT EXISTS pg_antipode.pending_jobs (
  job_id text PRIMARY KEY,
  processing_at timestamptz NOT NULL,
  done_at timestamptz NOT NULL,
  failure text,
  index_oid oid,
  constraint_oids oid[] NOT NULL
);

CREATE OR REPLACE FUNCTION pg_antipode.antipode_job_ms() RETURNS float8 LANGUAGE sql STABLE SET search_path = pg_catalog
RETURN coalesce(nullif(current_setting('antipode.job_ms', true), ''), '0')::float8;

CREATE OR REPLACE FUNCTION pg_antipode.antipode_add_job(
  relation oid, job_type text, failure text, index_oid oid, constraint_oids oid[]
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  work interval := pg_antipode.antipode_job_ms() * interval '1 millisecond';
  added pg_antipode.jobs;
BEGIN
  INSERT INTO pg_antipode.jobs (job_id, status, details, job_type, class_id, object_id, object_name, update_time)
  SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', 1 + floor(random() * 32)::int, 1), ''),
         CASE WHEN work > '0' THEN 'submitted' WHEN failure IS NULL THEN 'completed' ELSE 'failed' END,
         CASE WHEN work > '0' THEN NULL ELSE failure END, $2, 'pg_class'::regclass, $1,
         (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1),
         CASE WHEN work > '0' THEN NULL ELSE clock_timestamp() END
  FROM generate_series(1, 26)
  RETURNING * INTO added;
  IF work > '0' THEN
    INSERT INTO pg_antipode.pending_jobs
    VALUES (added.job_id, added.start_time + work / 2, added.start_time + work, $3, $4, $5);
    PERFORM pg_notify('antipode_jobs', '');
  END IF;
  RETURN added.job_id;
END $$;

-- An index that is being built is not valid. The index of a failed job stays invalid: DSQL's users
-- drop it and try again.
CREATE OR REPLACE FUNCTION pg_antipode.antipode_invalidate_index(index_oid oid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1
    AND pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = $1), 'MEMBER')
$$;

CREATE OR REPLACE FUNCTION pg_antipode.antipode_invalidate_constraints(constraint_oids oid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE pg_constraint k SET convalidated = false FROM pg_class c
  WHERE k.oid = ANY ($1) AND c.oid = k.conrelid AND pg_has_role(session_user, c.relowner, 'MEMBER')
$$;

CREATE OR REPLACE FUNCTION pg_antipode.antipode_create_index(statement text, plain_statement text)
RETURNS TABLE (job_id text) LANGUAGE plpgsql AS $$
DECLARE
  present oid[] := ARRAY(SELECT indexrelid FROM pg_catalog.pg_index);
  created oid;
  failure text;
  unordered text;
BEGIN
  BEGIN
    EXECUTE statement;
  EXCEPTION
    WHEN unique_violation THEN
      failure := SQLERRM;
      EXECUTE plain_statement;
    WHEN undefined_object THEN
      unordered := substring(SQLERRM FROM '^data type (.*) has no default operator class');
      IF unordered IS NULL THEN RAISE; END IF;
      RAISE EXCEPTION 'datatype % is not supported in a key', unordered USING ERRCODE = '0A000';
  END;
  SELECT indexrelid INTO created FROM pg_catalog.pg_index WHERE indexrelid <> ALL (present);
  IF created IS NULL THEN RETURN; END IF;
  IF failure IS NOT NULL OR pg_antipode.antipode_job_ms() > 0 THEN PERFORM pg_antipode.antipode_invalidate_index(created); END IF;
  job_id := pg_antipode.antipode_add_job(created, 'INDEX_BUILD', failure, created, '{}');
  RETURN NEXT;
END $$;

-- Rows that do not conform fail the job, not the statement; the constraint stays as it was.
CREATE OR REPLACE FUNCTION pg_antipode.antipode_validate_constraint(statement text, relation text, names text[])
RETURNS TABLE (job_id text) LANGUAGE plpgsql AS $$
DECLARE
  unproved oid[] := ARRAY(SELECT oid FROM pg_catalog.pg_constraint WHERE conrelid = to_regclass(relation)
                          AND conname = ANY (names) AND NOT convalidated);
  failure text;
BEGIN
  BEGIN
    EXECUTE statement;
  EXCEPTION WHEN check_violation OR foreign_key_violation THEN
    failure := SQLERRM;
  END;
  IF to_regclass(relation) IS NULL THEN RETURN; END IF;
  IF pg_antipode.antipode_job_ms() > 0 THEN PERFORM pg_antipode.antipode_invalidate_constraints(unproved); END IF;
  job_id := pg_antipode.antipode_add_job(relation::regclass, 'VALIDATE_CONSTRAINT', failure, NULL, unproved);
  RETURN NEXT;
END $$;

-- Makes the result of a job valid. Sessions notice it by the change of the table's own row.
CREATE OR REPLACE FUNCTION pg_antipode.antipode_finish(job pg_antipode.pending_jobs) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  relation regclass := coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = job.index_oid),
                                (SELECT conrelid FROM pg_constraint WHERE oid = ANY (job.constraint_oids) LIMIT 1));
BEGIN
  IF relation IS NOT NULL THEN EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', relation); END IF;
  -- The session that held the table may have dropped it.
  IF (job.index_oid IS NOT NULL OR job.constraint_oids <> '{}')
    AND NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = job.index_oid)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE oid = ANY (job.constraint_oids)) THEN
    RETURN 'cancelled';
  END IF;
  IF job.failure IS NOT NULL THEN RETURN 'failed'; END IF;
  IF relation IS NULL THEN RETURN 'completed'; END IF;
  UPDATE pg_index SET indisvalid = true WHERE indexrelid = job.index_oid;
  UPDATE pg_constraint SET convalidated = true WHERE oid = ANY (job.constraint_oids);
  UPDATE pg_class SET relhasindex = relhasindex WHERE oid = relation;
  RETURN 'completed';
END $$;

-- Ends the jobs that are due. Returns whether the catalog has changed, and the milliseconds until
-- the next job is due: NULL without one, for which GREATEST would say 1.
CREATE OR REPLACE FUNCTION pg_antipode.antipode_run_jobs(at_once boolean, OUT changed boolean, OUT wait_ms float8)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  retry_ms CONSTANT float8 := 100;
  -- One time for the whole look: a job that became due in the middle would be left by both parts.
  looked_at CONSTANT timestamptz := clock_timestamp();
  job pg_antipode.pending_jobs;
  outcome text;
BEGIN
  changed := false;
  UPDATE pg_antipode.jobs j SET status = 'processing', update_time = clock_timestamp() FROM pg_antipode.pending_jobs p
  WHERE p.job_id = j.job_id AND j.status = 'submitted' AND p.processing_at <= looked_at;
  FOR job IN SELECT * FROM pg_antipode.pending_jobs WHERE at_once OR done_at <= looked_at ORDER BY done_at LOOP
    BEGIN
      outcome := pg_antipode.antipode_finish(job);
      UPDATE pg_antipode.jobs SET status = outcome, details = job.failure, update_time = clock_timestamp()
      WHERE job_id = job.job_id;
      DELETE FROM pg_antipode.pending_jobs WHERE job_id = job.job_id;
      changed := true;
    -- Another session changes the table at the same time, or has dropped it.
    EXCEPTION WHEN OTHERS THEN
      wait_ms := retry_ms;
    END;
  END LOOP;
  wait_ms := least(wait_ms, (
    SELECT greatest(1, 1000 * extract(epoch FROM min(n.at) - clock_timestamp()))
    FROM pg_antipode.pending_jobs p JOIN pg_antipode.jobs j USING (job_id),
         LATERAL (VALUES (p.processing_at), (p.done_at)) n(at)
    WHERE n.at > looked_at HAVING min(n.at) IS NOT NULL));
END $$;

-- It begins a new transaction before each look, because one transaction always sees the same state.
CREATE OR REPLACE PROCEDURE sys.wait_for_job(job_id text, INOUT succeeded boolean DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE
  state text;
BEGIN
  IF job_id !~ '^[a-z2-7]{26}$' THEN
    RAISE EXCEPTION 'Unable to convert text to UUID' USING ERRCODE = '22P02';
  END IF;
  LOOP
    SELECT j.status INTO state FROM sys.jobs j WHERE j.job_id = wait_for_job.job_id;
    IF state IS NULL THEN
      RAISE EXCEPTION 'job "%" does not exist', job_id USING ERRCODE = '42704';
    END IF;
    EXIT WHEN state NOT IN ('submitted', 'processing');
    COMMIT;
    PERFORM pg_catalog.pg_sleep(${lookSeconds});
  END LOOP;
  succeeded := state = 'completed';
END $$;
`;
