import postgres from 'postgres';
import { cluster, retrying, ssl, token } from '../dsql.mjs';

const sql = postgres({ ...cluster, ssl, pass: token, max_lifetime: 3300 });

await sql`CREATE TABLE IF NOT EXISTS postgres_notes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text)`;
const [{ id }] = await retrying(() =>
  sql.begin((tx) => tx`INSERT INTO postgres_notes (note) VALUES ('from postgres.js') RETURNING id`),
);
const [{ note }] = await sql`SELECT note FROM postgres_notes WHERE id = ${id}`;
console.log(note);
await sql.end();
