import { readFileSync } from 'node:fs';
import { DsqlSigner } from '@aws-sdk/dsql-signer';

const { PGHOST: host, PGPORT: port, AWS_REGION: region, PGSSLROOTCERT: authority } = process.env;

export const cluster = { host, port: Number(port ?? 5432), user: 'admin', database: 'postgres' };
/** Node knows the authority of a cluster on AWS; a local one has its own. */
export const ssl = authority ? { ca: readFileSync(authority, 'utf8') } : true;
/** Each new connection needs a token that is not older than 15 minutes. */
export const token = () => new DsqlSigner({ hostname: host, region }).getDbConnectAdminAuthToken();

/** Runs a whole transaction again when another one was first. ORMs wrap the error of `pg`. */
export const retrying = async (work) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const code = error.code ?? error.cause?.code ?? error.parent?.code;
      if (code !== '40001' || attempt === 5) throw error;
      await new Promise((done) => setTimeout(done, Math.random() * 50 * 2 ** attempt));
    }
  }
};
