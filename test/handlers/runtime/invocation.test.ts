import { describe, expect, it } from 'vitest';
import { runContext } from '../../../src/handlers/runtime/index.ts';
import { traceparentOf } from '../../../src/handlers/runtime/invocation.ts';
import { lambdaContext } from '../../support/lambda.ts';
import { manualClock } from '../../support/runtime-ports.ts';

const root = 'Root=1-5759e988-bd862e3fe1be46a994272793';
const parent = 'Parent=53995c3f42cd8ad8';

describe("X-Ray's header in the words of W3C", () => {
  it.each([
    [`${root};${parent};Sampled=1`, '01'],
    [`${root};${parent};Sampled=0`, '00'],
    [`${root};${parent}`, '00'],
    [`${root};${parent};Sampled=1;Lineage=a87bd80c:0`, '01'],
  ])('of %s is sampled as %s', (header, flags) => {
    const traceId = '5759e988bd862e3fe1be46a994272793';
    expect(traceparentOf(header)).toBe(`00-${traceId}-53995c3f42cd8ad8-${flags}`);
  });

  it.each([undefined, '', root, parent, 'Root=1-x-y;Parent=z'])('is none for %j', (header) => {
    expect(traceparentOf(header)).toBeUndefined();
  });
});

describe('the context of a run', () => {
  it('is caused by the invocation unless something else is known', () => {
    const { causation } = runContext(lambdaContext('r'), manualClock());
    expect(causation).toEqual({ correlationid: 'r' });
    const known = { correlationid: 'c', causationid: 'e' };
    expect(runContext(lambdaContext('r'), manualClock(), known).causation).toEqual(known);
  });
});
