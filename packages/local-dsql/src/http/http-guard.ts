import type { IncomingMessage } from 'node:http';

/** The names by which programs on this machine reach a loopback port. */
const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** HTTP's own port, which clients leave out of `Host` and `Origin`. */
const defaultPort = 80;

/** A request that a web page sends to another origin, of which it has been told. */
export type CrossOriginRequest = {
  /** As the routes see it: without the query, dots resolved. */
  readonly path: string;
  readonly origin: string;
};

const authoritiesOf = (port: number): readonly string[] =>
  loopbackNames.flatMap((name) =>
    port === defaultPort ? [name, `${name}:${port}`] : [`${name}:${port}`],
  );

/** Every value of a header; Node keeps only the first of some headers that come twice. */
const valuesOf = ({ rawHeaders }: IncomingMessage, name: string): readonly string[] =>
  rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);

/**
 * The target of a request, resolved; `undefined` when it is none. The guard and the routes must
 * read the same path.
 */
export const targetOf = ({ url = '/' }: IncomingMessage): URL | undefined =>
  URL.parse(url, `http://${loopbackNames[0]}`) ?? undefined;

/** Pages of this origin, and addresses that a person types, carry these values. */
const ownSites = ['same-origin', 'none'];

/**
 * Says why a request is refused, or nothing when a program on this machine may have sent it.
 *
 * A web page can reach a loopback port in two ways. It sends a request to another origin: the
 * browser then adds `Origin` or `Sec-Fetch-Site`. Or its own host name resolves to this machine
 * (DNS rebinding): `Host` then carries that name.
 *
 * @param port the port that received the request
 * @param allows whether a service behind this port has been configured to answer pages of that
 * origin
 * @see https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */
export const refusalOf = (
  message: IncomingMessage,
  port: number,
  allows: (request: CrossOriginRequest) => boolean,
): string | undefined => {
  const authorities = authoritiesOf(port);
  const remedy = `call http://${authorities[0]} from a program on this machine`;
  const hosts = valuesOf(message, 'host');
  if (hosts.length !== 1 || !authorities.includes(hosts[0]?.toLowerCase() ?? '')) {
    return `This port answers no other host name: ${remedy}`;
  }
  const origins = valuesOf(message, 'origin');
  const sites = valuesOf(message, 'sec-fetch-site');
  const ownOrigin = origins.every((origin) =>
    authorities.some((authority) => origin.toLowerCase() === `http://${authority}`),
  );
  if (ownOrigin && sites.every((site) => ownSites.includes(site))) return undefined;
  const [origin] = origins;
  const path = targetOf(message)?.pathname;
  const allowed = origins.length === 1 && origin !== undefined && path !== undefined;
  return allowed && allows({ path, origin })
    ? undefined
    : `This port answers no web page of another site: ${remedy}`;
};
