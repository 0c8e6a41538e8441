import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { cluster, retrying, ssl, token } from '../dsql.mjs';
import { notes } from './schema.mjs';

const pool = new pg.Pool({ ...cluster, ssl, password: token, maxLifetimeSeconds: 3300 });
const db = drizzle(pool);

await db.execute(sql`CREATE TABLE IF NOT EXISTS drizzle_notes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text)`);
const [{ id }] = await retrying(() =>
  db.transaction((tx) => tx.insert(notes).values({ note: 'from Drizzle' }).returning()),
);
const [found] = await db.select().from(notes).where(eq(notes.id, id));
console.log(found.note);
await pool.end();
