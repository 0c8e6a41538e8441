import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** Keys that sign a request. */
export type SigningKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

type Bytes = string | ArrayBuffer | ArrayBufferView;

const readable = (data: Bytes): string | Uint8Array => {
  if (typeof data === 'string') return data;
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

/** SHA-256 as the signer asks for it, with a secret as an HMAC. */
class Sha256 {
  readonly #secret: Bytes | undefined;
  #sum: Hash | Hmac;
  constructor(secret?: Bytes) {
    this.#secret = secret;
    this.#sum = this.#start();
  }
  #start(): Hash | Hmac {
    const secret = this.#secret;
    return secret === undefined ? createHash('sha256') : createHmac('sha256', readable(secret));
  }
  reset(): void {
    this.#sum = this.#start();
  }
  update(data: Bytes): void {
    this.#sum.update(readable(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#sum.digest();
  }
}

/** Adds the headers of AWS Signature Version 4 to those of a POST. */
export type SignRequest = (
  url: URL,
  request: { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer },
  date: Date,
) => Promise<Record<string, string>>;

/**
 * Signs requests to one service of AWS in one Region.
 *
 * @param service as AWS names it in a signature, such as `events`
 * @param credentials is asked for each request: Lambda's keys are replaced while the process lives
 */
export const createRequestSigner = (
  service: string,
  region: string,
  credentials: () => SigningKeys | Promise<SigningKeys>,
): SignRequest => {
  const signer = new SignatureV4({
    service,
    region,
    credentials: async () => credentials(),
    sha256: Sha256,
  });
  return async (url, { headers, body }, date) => {
    const { protocol, hostname, pathname: path } = url;
    const request = { method: 'POST', protocol, hostname, path, query: {}, body };
    const all = { ...headers, host: url.host };
    const signed = await signer.sign({ ...request, headers: all }, { signingDate: date });
    return signed.headers;
  };
};
