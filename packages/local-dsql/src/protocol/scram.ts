import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** The client's side of a SCRAM-SHA-256 exchange (RFC 5802, RFC 7677) without channel binding. */
export type ScramClient = {
  readonly first: () => string;
  /** Answers the server's challenge. */
  readonly final: (challenge: string) => string;
  /** Whether the server proved that it knows the password too. */
  readonly verify: (serverFinal: string) => boolean;
};

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const attributes = (message: string): Readonly<Record<string, string>> =>
  Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));

export const createScramClient = (password: string): ScramClient => {
  const nonce = randomBytes(18).toString('base64');
  const bare = `n=*,r=${nonce}`;
  let serverSignature: Buffer = Buffer.alloc(0);
  return {
    first: () => `n,,${bare}`,
    final: (challenge) => {
      const { r = '', s = '', i = '0' } = attributes(challenge);
      if (!r.startsWith(nonce))
        throw new Error('PostgreSQL answered a login that was not asked for.');
      const salted = pbkdf2Sync(
        password.normalize('NFKC'),
        Buffer.from(s, 'base64'),
        Number(i),
        32,
        'sha256',
      );
      const clientKey = hmac(salted, 'Client Key');
      const storedKey = createHash('sha256').update(clientKey).digest();
      const withoutProof = `c=biws,r=${r}`;
      const signed = [bare, challenge, withoutProof].join(',');
      const mask = hmac(storedKey, signed);
      const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (mask[at] ?? 0)));
      serverSignature = hmac(hmac(salted, 'Server Key'), signed);
      return `${withoutProof},p=${proof.toString('base64')}`;
    },
    verify: (serverFinal) => {
      const signature = Buffer.from(attributes(serverFinal)['v'] ?? '', 'base64');
      return (
        signature.length === serverSignature.length && timingSafeEqual(signature, serverSignature)
      );
    },
  };
};
