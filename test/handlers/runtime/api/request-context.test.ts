import { describe, expect, it } from 'vitest';
import { contextOfRequest } from '../../../../src/handlers/runtime/api/request-context.ts';
import { httpRequest, lambdaContext } from '../../../support/lambda.ts';

const xray = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
const ofXray = '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01';
const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const ofHttp = (headers: object) =>
  contextOfRequest(httpRequest(undefined, { headers }), lambdaContext('r'), xray);

const ofClientContext = (clientContext: unknown, event: unknown = {}) =>
  contextOfRequest(event, { ...lambdaContext('r'), clientContext }, undefined);

describe('the context of a request', () => {
  it('is of its invocation where the caller says nothing', () => {
    const context = { requestId: 'r', correlationid: 'r', traceparent: ofXray };
    expect(ofHttp({})).toEqual(context);
    expect(contextOfRequest({}, lambdaContext('r'), xray)).toEqual(context);
    expect(ofClientContext(undefined)).toEqual({ requestId: 'r', correlationid: 'r' });
  });

  it('has the correlation id and the trace of its headers', () => {
    expect(ofHttp({ 'X-Correlation-Id': 'c-1', Traceparent: own })).toEqual({
      ...{ requestId: 'r', correlationid: 'c-1', traceparent: own },
    });
  });

  it.each(['custom', 'Custom'])('has those of %s in the client context', (member) => {
    const clientContext = { [member]: { 'x-correlation-id': 'c-1', traceparent: own } };
    const context = { requestId: 'r', correlationid: 'c-1', traceparent: own };
    expect(ofClientContext(clientContext)).toEqual(context);
  });

  it.each([
    ['is empty', ''],
    ['is longer than 128 characters', 'c'.repeat(129)],
    ['has a blank', 'c 1'],
    ['has a line break', 'c\n1'],
    ['has letters that are not ASCII', 'ç'],
  ])('ignores a correlation id that %s', (_, id) => {
    expect(ofHttp({ 'x-correlation-id': id }).correlationid).toBe('r');
    const clientContext = { custom: { 'x-correlation-id': id } };
    expect(ofClientContext(clientContext).correlationid).toBe('r');
  });

  it.each(['', 'own', own.replace('00-', 'ff-'), `${own}-x`])(
    'ignores the trace %j, which is not valid',
    (traceparent) => {
      expect(ofHttp({ traceparent }).traceparent).toBe(ofXray);
    },
  );

  it('keeps of a trace of a newer version what it understands', () => {
    const newer = `${own.replace('00-', 'cc-')}-\u001b[31m${'more'.repeat(2_000)}`;
    expect(ofHttp({ traceparent: newer }).traceparent).toBe(own);
    expect(ofClientContext({ custom: { traceparent: newer } }).traceparent).toBe(own);
  });

  it.each([
    ['no object', 'text'],
    ['without a custom part', { client: {} }],
    ['with a custom part that is none', { custom: 7 }],
    ['with ids that are none', { custom: { 'x-correlation-id': 7, traceparent: {} } }],
  ])('is of its invocation for a client context that is %s', (_, clientContext) => {
    expect(ofClientContext(clientContext)).toEqual({ requestId: 'r', correlationid: 'r' });
  });
});
