import os

import boto3
import psycopg

host, region = os.environ["PGHOST"], os.environ["AWS_REGION"]
token = boto3.client("dsql", region_name=region).generate_db_connect_admin_auth_token(host, region)
# sslmode and sslrootcert come from PGSSLMODE and PGSSLROOTCERT. A transaction may have one
# statement of DDL only, so each statement is one of its own.
with psycopg.connect(user="admin", dbname="postgres", password=token, autocommit=True) as db:
    db.execute(
        "CREATE TABLE IF NOT EXISTS psycopg_notes"
        " (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text)"
    )
    added = db.execute(
        "INSERT INTO psycopg_notes (note) VALUES (%s) RETURNING id", ["from psycopg"]
    ).fetchone()
    print(db.execute("SELECT note FROM psycopg_notes WHERE id = %s", added).fetchone()[0])
