#!/bin/sh
# The file of --write-env sets PGHOST, PGPASSWORD, PGSSLMODE and what else psql reads.
set -eu
psql --no-psqlrc --quiet --tuples-only --no-align <<'SQL'
CREATE TABLE IF NOT EXISTS psql_notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text);
WITH added AS (INSERT INTO psql_notes (note) VALUES ('from psql') RETURNING note)
SELECT note FROM added;
SQL
