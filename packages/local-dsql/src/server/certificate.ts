import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/**
 * A certificate authority that exists for one run, and the server certificate it signed; all PEM.
 */
export type LocalCertificate = {
  /** The authority that a client must trust (`NODE_EXTRA_CA_CERTS`, `sslrootcert`). */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
};

/** Longer than any run; an hour back for clocks that disagree. */
const validityMs = 30 * 24 * 3_600_000;
const clockSkewMs = 3_600_000;

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A value in ASN.1's distinguished encoding: tag, length, contents. */
const der = (type: number, ...contents: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(contents);
  const size = body.length;
  const length =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([type, ...length]), body]);
};

const sequence = (...contents: readonly Uint8Array[]): Buffer => der(tag.sequence, ...contents);
const octets = (contents: Uint8Array): Buffer => der(tag.octetString, contents);
const critical = der(tag.boolean, Buffer.of(0xff));
/** Context-specific tags: constructed, and primitive. */
const explicit = (number: number, contents: Uint8Array): Buffer => der(0xa0 + number, contents);
const implicit = (number: number, contents: Uint8Array): Buffer => der(0x80 + number, contents);

const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...others].flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(tag.oid, Buffer.from(bytes));
};

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

const commonName = (name: string): Buffer =>
  sequence(der(tag.set, sequence(oid('2.5.4.3'), der(tag.utf8String, Buffer.from(name)))));

const time = (ms: number): Buffer =>
  der(
    tag.utcTime,
    Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`),
  );

const serial = (): Buffer => {
  const bytes = randomBytes(16);
  // Positive, and without a leading zero byte.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return der(tag.integer, bytes);
};

const extension = (id: string, isCritical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(isCritical ? [critical] : []), octets(value));

const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

const caExtensions = (key: KeyObject): readonly Buffer[] => [
  extension('2.5.29.19', true, sequence(critical)), // basic constraints: an authority
  extension('2.5.29.15', true, der(tag.bitString, Buffer.of(1, 0x06))), // signs certificates and CRLs
  extension('2.5.29.14', false, octets(keyIdentifier(key))),
];

const serverExtensions = (
  caKey: KeyObject,
  names: readonly string[],
  addresses: readonly Uint8Array[],
): readonly Buffer[] => [
  extension('2.5.29.19', true, sequence()),
  extension('2.5.29.15', true, der(tag.bitString, Buffer.of(7, 0x80))), // digital signature
  extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))), // TLS servers
  extension('2.5.29.35', false, sequence(implicit(0, keyIdentifier(caKey)))),
  extension(
    '2.5.29.17',
    false,
    sequence(
      ...names.map((name) => implicit(2, Buffer.from(name))),
      ...addresses.map((address) => implicit(7, address)),
    ),
  ),
];

type CertificateContents = {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Buffer[];
};

const signCertificate = (contents: CertificateContents, now: number): string => {
  const body = sequence(
    explicit(0, der(tag.integer, Buffer.of(2))), // version 3
    serial(),
    ecdsaWithSha256,
    commonName(contents.issuer),
    sequence(time(now - clockSkewMs), time(now + validityMs)),
    commonName(contents.subject),
    contents.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...contents.extensions)),
  );
  const signature = sign('sha256', body, contents.signingKey);
  const whole = sequence(body, ecdsaWithSha256, der(tag.bitString, Buffer.of(0), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};

/**
 * Creates a certificate for `localhost`, the loopback addresses and the DSQL host names of these
 * Regions.
 *
 * @example
 * const { ca, cert, key } = createLocalCertificate(['us-east-1', 'us-west-2']);
 */
export const createLocalCertificate = (regions: readonly string[]): LocalCertificate => {
  const now = Date.now();
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = 'Antipode local authority';
  const names = ['localhost', ...regions.map((region) => `*.dsql.${region}.on.aws`)];
  const loopback = [Buffer.of(127, 0, 0, 1), Buffer.concat([Buffer.alloc(15), Buffer.of(1)])];
  return {
    ca: signCertificate(
      {
        issuer,
        subject: issuer,
        publicKey: authority.publicKey,
        signingKey: authority.privateKey,
        extensions: caExtensions(authority.publicKey),
      },
      now,
    ),
    cert: signCertificate(
      {
        issuer,
        subject: 'localhost',
        publicKey: server.publicKey,
        signingKey: authority.privateKey,
        extensions: serverExtensions(authority.publicKey, names, loopback),
      },
      now,
    ),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};
