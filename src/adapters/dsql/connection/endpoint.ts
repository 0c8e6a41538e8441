/** A cluster's endpoint and Region, and the role that connects. */
export type DsqlTarget = {
  /** `<cluster>.dsql.<region>.on.aws`, or `host:port`. */
  readonly endpoint: string;
  readonly region: string;
  /** `admin`, or a database role that an IAM role was granted. */
  readonly user: string;
};

/** `cluster.dsql.region.on.aws`; behind PrivateLink the second label has a suffix. */
const regionPattern = /\.dsql[^.]*\.([a-z0-9-]+)\.on\.aws$/;

/** The Region in the name of an endpoint, if it has one. */
export const namedRegion = (endpoint: string): string | undefined =>
  regionPattern.exec(hostAndPort(endpoint).host)?.[1];

/** DSQL's port. */
const defaultPort = 5432;

/** The host and the port of an endpoint; the port is DSQL's where it has none. */
export const hostAndPort = (endpoint: string): { readonly host: string; readonly port: number } => {
  const [host = '', port] = endpoint.split(':');
  return { host, port: port === undefined ? defaultPort : Number(port) };
};
