import asyncio
import os
import ssl

import asyncpg
import boto3

host, region = os.environ["PGHOST"], os.environ["AWS_REGION"]


async def token():
    dsql = boto3.client("dsql", region_name=region)
    return dsql.generate_db_connect_admin_auth_token(host, region)


async def main():
    trusted = ssl.create_default_context(cafile=os.environ.get("PGSSLROOTCERT"))
    # asyncpg resets a connection by statements that DSQL does not have.
    async with asyncpg.create_pool(
        user="admin", database="postgres", password=token, ssl=trusted, min_size=1, reset=reset
    ) as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS asyncpg_notes"
            " (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text)"
        )
        id = await db.fetchval(
            "INSERT INTO asyncpg_notes (note) VALUES ($1) RETURNING id", "from asyncpg"
        )
        print(await db.fetchval("SELECT note FROM asyncpg_notes WHERE id = $1", id))


async def reset(connection):
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


asyncio.run(main())
