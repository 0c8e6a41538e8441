import { readFileSync } from 'node:fs';
import { type ConnectionsOptions, DsqlDialect } from 'antipode/dsql';
import { Kysely } from 'kysely';

/** The cluster that the environment names; `DSQL_CA` is set for a local one only. */
export const openCluster = <Tables>(
  { DSQL_ENDPOINT = '', DSQL_CA }: Readonly<Record<string, string | undefined>>,
  options: Partial<ConnectionsOptions> = {},
): Kysely<Tables> => {
  const ca = DSQL_CA === undefined ? {} : { ca: readFileSync(DSQL_CA, 'utf8') };
  const dialect = new DsqlDialect({ endpoint: DSQL_ENDPOINT, user: 'admin', ...ca, ...options });
  return new Kysely<Tables>({ dialect });
};
