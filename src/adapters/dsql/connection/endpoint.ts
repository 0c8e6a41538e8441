/** Where a cluster is and who connects. */
export type DsqlTarget = {
  /** `<cluster>.dsql.<region>.on.aws`, or `host:port`. */
  readonly endpoint: string;
  readonly region: string;
  /** `admin`, or a database role that an IAM role was granted. */
  readonly user: string;
};

/** `cluster.dsql.region.on.aws`; behind PrivateLink the second label has a suffix. */
const regionPattern = /\.dsql[^.]*\.([a-z0-9-]+)\.on\.aws$/;

/** The Region that an endpoint names, if it does. */
export const namedRegion = (endpoint: string): string | undefined =>
  regionPattern.exec(hostAndPort(endpoint).host)?.[1];

/** DSQL's port. */
const defaultPort = 5432;

/** The parts of an endpoint; without a port it is DSQL's. */
export const hostAndPort = (endpoint: string): { readonly host: string; readonly port: number } => {
  const [host = '', port] = endpoint.split(':');
  return { host, port: port === undefined ? defaultPort : Number(port) };
};
