import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { readPayload, startupCode } from './protocol.ts';

/** A client's first request, after encryption is settled. */
export type StartupRequest =
  | { readonly kind: 'startup'; readonly parameters: ReadonlyMap<string, string> }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secret: number };

/** The first message of a client did not belong to the protocol. */
export class MalformedStartup extends Error {
  override readonly name = 'MalformedStartup';
}

/** PostgreSQL's own limit for a startup packet. */
const startupBytesMax = 10_000;
/** First byte of a TLS handshake, sent at once by clients with direct negotiation. */
const tlsHandshakeByte = 0x16;
const alpn = 'postgresql';

/** Reads exactly `size` bytes, or `undefined` when the peer ends first; leaves the rest unread. */
export const readBytes = (socket: Socket, size: number): Promise<Buffer | undefined> =>
  new Promise((done) => {
    const finish = (bytes: Buffer | undefined): void => {
      socket.off('readable', take);
      socket.off('end', ended);
      socket.off('close', ended);
      done(bytes);
    };
    const ended = (): void => finish(undefined);
    const take = (): void => {
      const bytes = socket.read(size) as Buffer | null;
      if (bytes && bytes.length === size) finish(bytes);
      else if (bytes) finish(undefined);
    };
    socket.on('readable', take);
    socket.on('end', ended);
    socket.on('close', ended);
    take();
  });

const secured = (socket: Socket, secureContext: SecureContext): Promise<TLSSocket> =>
  new Promise((done, fail) => {
    const tls = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: [alpn] });
    tls.once('secure', () => done(tls));
    tls.once('error', fail);
    tls.once('close', () => fail(new MalformedStartup('closed during the TLS handshake')));
  });

const readPacket = async (socket: Socket): Promise<Buffer | undefined> => {
  const head = await readBytes(socket, 4);
  if (!head) return undefined;
  const length = head.readInt32BE() - head.length;
  if (length < 4 || length > startupBytesMax)
    throw new MalformedStartup('invalid length of startup packet');
  return await readBytes(socket, length);
};

const parseStartup = (packet: Buffer): StartupRequest => {
  const payload = readPayload(packet, 0);
  const code = payload.int32();
  if (code === startupCode.cancel && packet.length === 12) {
    return { kind: 'cancel', processId: payload.int32(), secret: payload.int32() };
  }
  if (code >> 16 !== startupCode.version3 >> 16) {
    throw new MalformedStartup(`unsupported frontend protocol ${code >> 16}.${code & 0xffff}`);
  }
  const parameters = new Map<string, string>();
  for (let name = payload.string(); name !== ''; name = payload.string()) {
    parameters.set(name, payload.string());
  }
  return { kind: 'startup', parameters };
};

/**
 * Settles encryption, direct or negotiated, and reads the client's first request.
 *
 * Returns `undefined` when the client went away. A request that came in the clear has
 * `encrypted: false`; the caller refuses it unless it is a cancel request, which carries no secret
 * of the user's.
 *
 * @throws {MalformedStartup} for anything but the protocol.
 */
export const acceptStartup = async (
  plain: Socket,
  secureContext: SecureContext,
): Promise<
  | { readonly socket: Socket; readonly encrypted: boolean; readonly request: StartupRequest }
  | undefined
> => {
  const first = await readBytes(plain, 1);
  if (!first) return undefined;
  plain.unshift(first);
  let socket = plain;
  let encrypted = false;
  if (first[0] === tlsHandshakeByte) {
    const direct = await secured(plain, secureContext);
    if (direct.alpnProtocol !== alpn) {
      direct.destroy();
      throw new MalformedStartup('direct TLS without ALPN');
    }
    socket = direct;
    encrypted = true;
  }
  for (;;) {
    const packet = await readPacket(socket);
    if (!packet) return undefined;
    const code = packet.readInt32BE();
    if (code === startupCode.gssEncryption && !encrypted) {
      socket.write('N');
    } else if (code === startupCode.tls && !encrypted) {
      // An attacker could have inserted bytes that come before the client has seen the answer.
      if (socket.readableLength > 0) throw new MalformedStartup('data before the TLS handshake');
      socket.write('S');
      socket = await secured(plain, secureContext);
      encrypted = true;
    } else {
      return { socket, encrypted, request: parseStartup(packet) };
    }
  }
};
