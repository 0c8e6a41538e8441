import { InvariantViolation } from '../../domain/kernel/index.ts';
import { domainsOf } from '../../domain/kernel/region-domains.ts';

/** Environment variables, as `process.env` has them. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** A service of AWS, by the rules of its client in the SDK. */
export type ServiceEndpoint = {
  /** The first label of its host. */
  readonly host: string;
  /** Ends the name of the variable that leads its clients elsewhere: `AWS_ENDPOINT_URL_…`. */
  readonly variable: string;
  /** Whether a Region's plain endpoint is the FIPS endpoint too. */
  readonly isFipsItself: (region: string, dualStack: boolean) => boolean;
};

/** A label of a host name; anything else would send the request elsewhere. */
const hostLabel = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

const flag = (env: EnvironmentVariables, name: string): boolean => {
  const value = env[name] || 'false';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new InvariantViolation(`Set ${name} to true or false`);
};

/** The address that a variable sets, with a path that ends in a slash, as the SDK sends it. */
const configuredUrl = (name: string, value: string): URL => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url && url.username + url.password + url.search + url.hash === '';
  if (!isPlain || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new InvariantViolation(
      `Set ${name} to an address that begins with https:// or http://, without user, password and query`,
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
};

/**
 * The address that the environment sets for a service, by the rules of the AWS SDKs.
 *
 * @param variable ends the name of the service's own variable: `AWS_ENDPOINT_URL_…`
 * @throws {InvariantViolation} that names the variable to set
 */
export const configuredEndpoint = (
  variable: string,
  env: EnvironmentVariables,
): URL | undefined => {
  if (flag(env, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')) return undefined;
  for (const name of [`AWS_ENDPOINT_URL_${variable}`, 'AWS_ENDPOINT_URL']) {
    const value = env[name];
    if (value) return configuredUrl(name, value);
  }
  return undefined;
};

/**
 * The address of a service, by the rules of the AWS SDKs: the one that `AWS_ENDPOINT_URL_…` or
 * `AWS_ENDPOINT_URL` sets, unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true; otherwise the
 * Region's own, with FIPS or dual stack where `AWS_USE_FIPS_ENDPOINT` or
 * `AWS_USE_DUALSTACK_ENDPOINT` is true.
 *
 * @throws {InvariantViolation} that names the variable to set
 */
export const serviceEndpoint = (
  service: ServiceEndpoint,
  region: string,
  env: EnvironmentVariables,
): URL => {
  if (!hostLabel.test(region)) {
    throw new InvariantViolation('Set AWS_REGION to the name of a Region, such as us-east-1');
  }
  const fips = flag(env, 'AWS_USE_FIPS_ENDPOINT');
  const dualStack = flag(env, 'AWS_USE_DUALSTACK_ENDPOINT');
  const url = configuredEndpoint(service.variable, env);
  if (url && (fips || dualStack)) {
    throw new InvariantViolation(
      'Unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, or set AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true: an address of your own is neither',
    );
  }
  if (url) return url;
  const domains = domainsOf(region);
  const ending = fips && !service.isFipsItself(region, dualStack) ? '-fips' : '';
  return new URL(
    `https://${service.host}${ending}.${region}.${dualStack ? domains.dualStack : domains.ipv4}/`,
  );
};
