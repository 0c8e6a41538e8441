import { describe, expect, it } from 'vitest';
import {
  contextOfInvocation,
  contextOfPayload,
  parentOf,
  traceparentOf,
} from '../../../../src/handlers/runtime/log-context/invocation-context.ts';

const root = 'Root=1-5759e988-bd862e3fe1be46a994272793';
const parent = 'Parent=53995c3f42cd8ad8';

describe("X-Ray's header in the words of W3C", () => {
  it.each([
    [`${root};${parent};Sampled=1`, '01'],
    [`${root};${parent};Sampled=0`, '00'],
    [`${root};${parent}`, '00'],
    [`${root};${parent};Sampled=1;Lineage=a87bd80c:0`, '01'],
    [`Sampled=1; ${parent}; Self=1-2-3; ${root}`, '01'],
  ])('of %s is sampled as %s', (header, flags) => {
    const traceId = '5759e988bd862e3fe1be46a994272793';
    expect(traceparentOf(header)).toBe(`00-${traceId}-53995c3f42cd8ad8-${flags}`);
  });

  it.each([
    undefined,
    '',
    root,
    parent,
    'Root=1-x-y;Parent=z',
    `${root};Parent=0000000000000000`,
    `${root};${parent}0`,
  ])('is none for %j', (header) => {
    expect(traceparentOf(header)).toBeUndefined();
  });
});

describe('the context of what is done about an event', () => {
  const invocation = contextOfInvocation({ awsRequestId: 'r' }, `${root};${parent};Sampled=1`);

  it('has the ids of the event, and the request id of the invocation', () => {
    const detail = { id: 'e', correlationid: 'c', traceparent: 't', data: {} };
    expect(contextOfPayload({ detail }, invocation)).toEqual({
      ...{ requestId: 'r', correlationid: 'c', causationid: 'e', traceparent: 't' },
    });
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'text'],
    ['a detail that is none', { detail: null }],
    ['ids that are none', { detail: { id: 7, correlationid: '', traceparent: {} } }],
  ])('is that of the invocation for %s', (_, payload) => {
    expect(contextOfPayload(payload, invocation)).toEqual(invocation);
  });

  it('has the first 128 characters of an id', () => {
    const detail = { correlationid: 'c'.repeat(1_000) };
    expect(contextOfPayload({ detail }, invocation).correlationid).toBe('c'.repeat(128));
  });
});

describe('the parent of a span', () => {
  const unsampled = `${root};${parent};Sampled=0`;
  const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

  it("is X-Ray's where that is sampled, since Lambda writes another where nobody has decided", () => {
    const sampled = `${root};${parent};Sampled=1`;
    expect(parentOf(traceparentOf(sampled), sampled)).toBe(traceparentOf(sampled));
    expect(parentOf(traceparentOf(unsampled), unsampled)).toBeUndefined();
  });

  it('is the one of a caller or of an event, sampled or not', () => {
    expect(parentOf(own, unsampled)).toBe(own);
    expect(parentOf(own, undefined)).toBe(own);
    expect(parentOf(undefined, undefined)).toBeUndefined();
  });
});
