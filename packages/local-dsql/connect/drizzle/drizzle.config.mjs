import { cluster, ssl } from '../dsql.mjs';

export default {
  dialect: 'postgresql',
  schema: './schema.mjs',
  tablesFilter: ['drizzle_*'],
  dbCredentials: { ...cluster, ssl, password: process.env.PGPASSWORD },
};
