import type { HttpRequest } from './http.ts';

/** The signer of a request, and where it was meant to go, as its signature says. */
export type SignatureScope = {
  readonly accessKeyId: string;
  /** A Region's name, such as `us-east-1`. */
  readonly region: string;
  /** The service's name in signatures, such as `s3`. */
  readonly service: string;
};

/** `AWS4-HMAC-SHA256 Credential=AKIA…/20261130/us-east-1/s3/aws4_request, …` */
const headerPattern = /^AWS4-\S+ Credential=([^/\s]+)\/\d{8}\/([\w-]+)\/([\w-]+)\/aws4_request/;

/** The same credential in the query of a presigned address. */
const queryPattern = /^([^/\s]+)\/\d{8}\/([\w-]+)\/([\w-]+)\/aws4_request$/;

/**
 * Reads who has signed a request, and for which Region and service; `undefined` when it has no
 * signature. The signature itself is not checked.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export const signatureScope = ({
  headers,
  query,
}: Pick<HttpRequest, 'headers' | 'query'>): SignatureScope | undefined => {
  const found =
    headerPattern.exec(headers['authorization'] ?? '') ??
    queryPattern.exec(query.get('X-Amz-Credential') ?? '');
  if (!found) return undefined;
  const [, accessKeyId = '', region = '', service = ''] = found;
  return { accessKeyId, region, service };
};
