import { shellWord } from 'antipode-local-dsql/process';
import { dsqlEnvironment, dsqlEnvironmentFile, type PortFolder } from 'antipode-local-dsql/runs';
import type { LocalStack, StackRegion } from '../../local/stack/local-stack.ts';

/** DSQL's longest life of a token, a week: the line that was printed yesterday still opens psql. */
const tokenSeconds = 604_800;

/** The time between two tokens. It is short, so that the last token is valid for days. */
const renewalMs = 24 * 3_600_000;

/** A value of a connection string, in libpq's quotes where it needs them. */
const setting = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll(/['\\]/g, '\\$&')}'`;

/**
 * The command that opens `psql` on a cluster.
 *
 * @param endpoint `host:port`
 * @param files the authority behind the endpoint's certificate, and a token
 */
export const psqlLine = (
  endpoint: string,
  files: { readonly ca: string; readonly token: string },
): string => {
  const [host, port] = endpoint.split(':');
  const target = `host=${host} port=${port} dbname=postgres user=admin`;
  const trust = `sslmode=verify-full sslrootcert=${setting(files.ca)}`;
  return `PGPASSWORD="$(cat ${shellWord(files.token)})" psql ${shellWord(`${target} ${trust}`)}`;
};

const adminToken = async (
  endpoint: string,
  region: string,
  credentials: LocalStack['dsqlKeys'],
): Promise<string> => {
  // Not before it is needed: the synthesis starts the sooner.
  const { DsqlSigner } = await import('@aws-sdk/dsql-signer');
  const [hostname = ''] = endpoint.split(':');
  const signer = new DsqlSigner({ hostname, region, credentials, expiresIn: tokenSeconds });
  return signer.getDbConnectAdminAuthToken();
};

type Cluster = StackRegion & { readonly dsqlEndpoint: string };

const hasCluster = (region: StackRegion): region is Cluster => region.dsqlEndpoint !== undefined;

/** Writes a token for each Region, and another before it expires, as long as the process runs. */
const keepTokens = async (
  clusters: readonly Cluster[],
  keys: LocalStack['dsqlKeys'],
  folder: PortFolder,
): Promise<readonly string[]> => {
  const writeAll = () =>
    Promise.all(
      clusters.map(async ({ region, dsqlEndpoint }) =>
        folder.write(`token-${region}`, await adminToken(dsqlEndpoint, region, keys)),
      ),
    );
  // If a token cannot be written, the last one stays, which is valid for some days more.
  setInterval(() => void writeAll().catch(() => undefined), renewalMs).unref();
  return writeAll();
};

/**
 * Writes what clients of the clusters need, and prints how `antipode migrate` and `psql` find them.
 */
export const printDatabase = async (
  { regions, ca, dsqlKeys: keys }: LocalStack,
  folder: PortFolder,
  print: (line: string) => void,
): Promise<void> => {
  const clusters = regions.filter(hasCluster);
  const [primary] = clusters;
  if (!primary) return;
  const { dsqlEndpoint: endpoint, region } = primary;
  const caFile = folder.write('dsql-ca.pem', ca);
  const environment = dsqlEnvironment({ endpoint, region, caFile, keys });
  print('');
  print('# Lets antipode migrate find the database:');
  print(`. ${shellWord(folder.write(dsqlEnvironmentFile, environment))}`);
  const tokens = await keepTokens(clusters, keys, folder);
  clusters.forEach((cluster, index) => {
    print('');
    print(`# Opens psql in ${cluster.region}:`);
    print(psqlLine(cluster.dsqlEndpoint, { ca: caFile, token: tokens[index] ?? '' }));
  });
};
