import { readFileSync } from 'node:fs';
import pg from 'pg';
import { cluster, ssl, token } from './dsql.mjs';

const client = new pg.Client({ ...cluster, ssl, password: token });
await client.connect();
// One statement at a time, since a transaction takes one statement of DDL.
for (const statement of readFileSync('journals.sql', 'utf8').split(/;\n/)) {
  await client.query(statement);
}
console.log('made the journals');
await client.end();
