import { describe, expect, it } from 'vitest';
import { runContext } from '../../../src/handlers/runtime/index.ts';
import { lambdaContext } from '../../support/lambda.ts';
import { manualClock } from '../../support/runtime-ports.ts';

describe('the context of a run', () => {
  it('is caused by the invocation unless something else is known', () => {
    const { causation } = runContext(lambdaContext('r'), manualClock());
    expect(causation).toEqual({ correlationid: 'r' });
    const known = { correlationid: 'c', causationid: 'e' };
    expect(runContext(lambdaContext('r'), manualClock(), known).causation).toEqual(known);
  });
});
