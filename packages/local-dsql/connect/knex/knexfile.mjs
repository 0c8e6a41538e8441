import { cluster, ssl, token } from '../dsql.mjs';

export default {
  client: 'pg',
  connection: { ...cluster, ssl, password: token },
  migrations: { directory: './migrations', loadExtensions: ['.mjs'] },
};
