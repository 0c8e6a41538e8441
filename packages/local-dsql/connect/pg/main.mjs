import pg from 'pg';
import { cluster, retrying, ssl, token } from '../dsql.mjs';

const pool = new pg.Pool({ ...cluster, ssl, password: token, maxLifetimeSeconds: 3300 });

await pool.query(
  'CREATE TABLE IF NOT EXISTS pg_notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text)',
);
const { rows } = await retrying(() =>
  pool.query('INSERT INTO pg_notes (note) VALUES ($1) RETURNING id', ['from pg']),
);
const found = await pool.query('SELECT note FROM pg_notes WHERE id = $1', [rows[0].id]);
console.log(found.rows[0].note);
await pool.end();
