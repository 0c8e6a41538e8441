import type { HttpRequest } from 'antipode-local-dsql/http';

/** Where a client meant its request to go, as its signature says. */
export type SignatureScope = {
  /** A Region's name, such as `us-east-1`. */
  readonly region: string;
  /** The service's name in signatures, such as `s3`. */
  readonly service: string;
};

/** `AWS4-HMAC-SHA256 Credential=AKIA…/20261130/us-east-1/s3/aws4_request, …` */
const headerPattern = /^AWS4-\S+ Credential=[^/\s]+\/\d{8}\/([\w-]+)\/([\w-]+)\/aws4_request/;

/** The same credential in the query of a presigned address. */
const queryPattern = /^[^/\s]+\/\d{8}\/([\w-]+)\/([\w-]+)\/aws4_request$/;

/**
 * Reads the Region and the service that a request was signed for; `undefined` when it has no
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
  const [, region, service] = found ?? [];
  return region === undefined || service === undefined ? undefined : { region, service };
};
