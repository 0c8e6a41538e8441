import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { LocalCertificate, Postgres } from '../../packages/local-dsql/src/index.ts';
import { readBytes } from '../../packages/local-dsql/src/protocol/handshake.ts';

/**
 * The first eight bytes of a client without direct negotiation. The server answers with a
 * permission of one byte.
 */
const sslRequestBytes = 8;
const permission = 'S';

/** First byte of a TLS handshake, of a client that does not ask. */
const tlsHandshakeByte = 0x16;

const negotiate = async (plain: Socket): Promise<boolean> => {
  const first = await readBytes(plain, 1);
  if (!first) return false;
  if (first[0] === tlsHandshakeByte) {
    plain.unshift(first);
    return true;
  }
  if (!(await readBytes(plain, sslRequestBytes - 1))) return false;
  plain.write(permission);
  return true;
};

/**
 * TLS in front of a PostgreSQL that has none, and nothing else: what a database costs that is only
 * PostgreSQL.
 */
export const startTlsFront = async (
  postgres: Postgres,
  certificate: LocalCertificate,
): Promise<{ readonly port: number }> => {
  const { cert, key } = certificate;
  const secureContext = createSecureContext({ cert, key });
  const path = `${postgres.host}/.s.PGSQL.${postgres.port}`;

  const welcome = async (plain: Socket): Promise<void> => {
    if (!(await negotiate(plain))) {
      plain.destroy();
      return;
    }
    const ALPNProtocols = ['postgresql'];
    const client = new TLSSocket(plain, { isServer: true, secureContext, ALPNProtocols });
    const upstream = connect({ path });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.on('data', (bytes) => other.write(bytes));
    }
  };

  const server = createServer({ noDelay: true }, (plain) => {
    plain.on('error', () => plain.destroy());
    welcome(plain).catch(() => plain.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
};
