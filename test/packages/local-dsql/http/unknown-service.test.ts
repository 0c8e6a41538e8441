import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../../packages/local-dsql/src/http/http.ts';
import { unknownService } from '../../../../packages/local-dsql/src/http/unknown-service.ts';

const request = (changes: Partial<HttpRequest>): HttpRequest => ({
  method: 'POST',
  path: '/',
  query: new URLSearchParams(),
  rawQuery: '',
  headers: {},
  body: Buffer.alloc(0),
  ...changes,
});

const signedFor = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261129/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

const text = (body: string | Buffer | undefined): string => (body ?? '').toString();

describe('a request that no service answers', () => {
  it.each([
    ['a target of another service', {}, 400],
    ['a target by another method', { method: 'PUT' }, 404],
    ['a target on another path', { path: '/elsewhere' }, 404],
  ])('is unknown in JSON with %s', (_, changes, status) => {
    const answer = unknownService(
      request({
        ...changes,
        headers: {
          'x-amz-target': 'DynamoDB_20120810.ListTables',
          'content-type': 'application/x-amz-json-1.0',
          authorization: signedFor('dynamodb'),
        },
      }),
    );
    expect(answer).toMatchObject({
      status,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amzn-errortype': 'UnknownOperationException',
      },
    });
    expect(JSON.parse(text(answer.body))).toEqual({
      __type: 'UnknownOperationException',
      message: expect.stringMatching(/^The local stack does not have dynamodb: .*lambda/),
    });
  });

  it('is an invalid action in XML with the query protocol', () => {
    const answer = unknownService(
      request({
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          authorization: signedFor('sns'),
        },
        body: Buffer.from('Action=Publish%3C%26&Version=2010-03-31&Message=a'),
      }),
    );
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'text/xml' } });
    const xml = text(answer.body);
    expect(xml).toContain('<Type>Sender</Type><Code>InvalidAction</Code>');
    expect(xml).toContain('does not have sns');
    expect(xml).toContain('Publish&lt;&amp;');
    expect(xml).toMatch(/<RequestId>[0-9a-f-]{36}<\/RequestId><\/ErrorResponse>$/);
  });

  it('is an invalid action with the query protocol in the address', () => {
    const query = new URLSearchParams('Action=ListTopics&Version=2010-03-31');
    const { status, body } = unknownService(request({ method: 'GET', query }));
    expect(status).toBe(400);
    expect(text(body)).toContain('<Code>InvalidAction</Code>');
  });

  it('is unknown in XML for a service that reads XML', () => {
    const headers = { authorization: signedFor('route53') };
    const answer = unknownService(request({ method: 'GET', path: '/zone', headers }));
    expect(answer).toMatchObject({ status: 404, headers: { 'content-type': 'application/xml' } });
    expect(text(answer.body)).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>UnknownOperationException<\/Code><Message>The local stack does not have route53: /,
    );
  });

  it('is unknown in CBOR with the protocol of that name', () => {
    const answer = unknownService(
      request({
        path: '/service/GraniteServiceVersion20100801/operation/PutMetricData',
        headers: { 'smithy-protocol': 'rpc-v2-cbor', authorization: signedFor('monitoring') },
      }),
    );
    expect(answer).toMatchObject({
      status: 404,
      headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
    });
    const bytes = Buffer.from(answer.body ?? '');
    // A map of two: text of 6, text of 25 in one length byte, text of 7, text in one length byte.
    expect([bytes[0], bytes[1], bytes[8], bytes[9]]).toEqual([0xa2, 0x66, 0x78, 25]);
    expect(text(bytes)).toContain('__typex\u0019UnknownOperationExceptiongmessagex');
    expect(text(bytes)).toContain('does not have monitoring');
  });

  it('is unknown in JSON for anything else, as REST clients read it', () => {
    const answer = unknownService(request({ method: 'GET', path: '/elsewhere' }));
    expect(answer).toMatchObject({
      status: 404,
      headers: { 'x-amzn-errortype': 'UnknownOperationException' },
    });
    expect(JSON.parse(text(answer.body))).toEqual({
      __type: 'UnknownOperationException',
      message:
        'No service of the local stack answers GET /elsewhere: it has lambda, events, sqs, dsql, cloudformation, sts, s3, ssm.',
    });
  });

  it('says the operation where the local stack has the service', () => {
    const headers = { authorization: signedFor('lambda') };
    const path = '/2015-03-31/functions/f/aliases';
    const { body } = unknownService(request({ method: 'GET', path, headers }));
    expect(text(body)).toContain(`answers GET ${path}`);
  });
});
