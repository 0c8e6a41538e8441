import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** An access key of the local stack. */
export type LocalCredentials = {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The IAM role or user that owns the key, as `AWS IAM GRANT` names it. */
  readonly principalArn: string;
};

/** The secret key and the principal of an access key; `undefined` for a key that nobody has. */
export type CredentialsLookup = (accessKeyId: string) => LocalCredentials | undefined;

/** The verdict on a token; a refusal may carry the service's hint. */
export type TokenVerdict =
  | { readonly accepted: true; readonly principalArn: string }
  | { readonly accepted: false; readonly hint?: string };

export type TokenCheck = {
  /** The database user that the client names. */
  readonly user: string;
  /** Host names that this endpoint answers to, without port. */
  readonly hosts: readonly string[];
  readonly region: string;
  readonly credentials: CredentialsLookup;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** DSQL's longest token life, a week. */
const expirySecondsMax = 604_800;
/** Milliseconds by which a signer's clock may be ahead: AWS's rule for signatures. */
const clockSkewMs = 5 * 60_000;
const service = 'dsql';
const emptyBodyHash = createHash('sha256').digest('hex');

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** AWS's date format, `20261123T024500Z`. */
const formatDate = (ms: number): string =>
  `${new Date(ms).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;

const parseDate = (text: string): number | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const ms = Date.parse(text.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  return Number.isNaN(ms) ? undefined : ms;
};

const encodeComponent = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const canonicalQuery = (query: URLSearchParams): string =>
  [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeComponent(name)}=${encodeComponent(value)}`)
    .sort()
    .join('&');

const expectedSignature = (url: URL, date: string, scope: string, secret: string): Buffer => {
  const request = [
    'GET',
    url.pathname,
    canonicalQuery(url.searchParams),
    `host:${url.host}`,
    '',
    'host',
    emptyBodyHash,
  ];
  const requestHash = createHash('sha256').update(request.join('\n')).digest('hex');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, ['AWS4-HMAC-SHA256', date, scope, requestHash].join('\n'));
};

const expiryHint = (signedAt: number, lifeMs: number, now: number): string | undefined => {
  if (signedAt > now + clockSkewMs) {
    return `Signature not yet current: ${formatDate(signedAt)} is still later than ${formatDate(now + clockSkewMs)} (${formatDate(now)} + 5 min.)`;
  }
  if (now > signedAt + lifeMs) {
    return `Signature expired: ${formatDate(signedAt + lifeMs)} is now earlier than ${formatDate(now)}`;
  }
  return undefined;
};

/**
 * Checks an IAM token as `@aws-sdk/dsql-signer` makes it: a presigned URL without its scheme.
 *
 * Role `admin` needs the action `DbConnectAdmin`, every other role `DbConnect`.
 */
export const checkToken = (token: string, check: TokenCheck): TokenVerdict => {
  const refused = { accepted: false } as const;
  const url = URL.canParse(`https://${token}`) ? new URL(`https://${token}`) : undefined;
  if (!url) return refused;
  const value = (name: string): string => url.searchParams.get(name) ?? '';
  const [accessKeyId = '', ...scopeParts] = value('X-Amz-Credential').split('/');
  const [day, region, scopeService, terminator, ...extra] = scopeParts;
  const date = value('X-Amz-Date');
  const signedAt = parseDate(date);
  const life = Number(value('X-Amz-Expires'));
  const credentials = check.credentials(accessKeyId);
  const action = check.user === 'admin' ? 'DbConnectAdmin' : 'DbConnect';
  const wellFormed =
    value('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256' &&
    value('X-Amz-SignedHeaders') === 'host' &&
    scopeService === service &&
    terminator === 'aws4_request' &&
    extra.length === 0 &&
    day === date.slice(0, 8) &&
    Number.isInteger(life) &&
    life > 0 &&
    life <= expirySecondsMax;
  if (!wellFormed || signedAt === undefined || !credentials) return refused;
  if (!check.hosts.includes(url.host) || region !== check.region) return refused;
  if (value('Action') !== action) return refused;
  if (value('X-Amz-Security-Token') !== (credentials.sessionToken ?? '')) return refused;
  const expected = expectedSignature(url, date, scopeParts.join('/'), credentials.secretAccessKey);
  const signature = Buffer.from(value('X-Amz-Signature'), 'hex');
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return refused;
  const hint = expiryHint(signedAt, life * 1000, check.now);
  return hint === undefined
    ? { accepted: true, principalArn: credentials.principalArn }
    : { accepted: false, hint };
};
