import { describe, expect, it } from 'vitest';
import { signatureScope } from '../../../../packages/local-dsql/src/http/signature-scope.ts';

const query = new URLSearchParams();
const credential = 'AKIA/20261130/us-west-2/s3/aws4_request';

describe('the scope of a signature', () => {
  it('is read from the header of a signed request', () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=a`;
    expect(signatureScope({ headers: { authorization }, query })).toEqual({
      accessKeyId: 'AKIA',
      region: 'us-west-2',
      service: 's3',
    });
  });

  it('is read from the query of a presigned address', () => {
    const presigned = new URLSearchParams({ 'X-Amz-Credential': credential });
    expect(signatureScope({ headers: {}, query: presigned })).toEqual({
      accessKeyId: 'AKIA',
      region: 'us-west-2',
      service: 's3',
    });
  });

  it.each(['', 'Bearer abc', 'AWS4-HMAC-SHA256 Credential=AKIA/us-west-2/s3/aws4_request'])(
    'is absent from a request without a signature: %s',
    (authorization) => {
      expect(signatureScope({ headers: { authorization }, query })).toBeUndefined();
    },
  );
});
