import { expect, it } from 'vitest';
import {
  type InvocationReport,
  initStartLine,
  platformErrorIn,
  reportLine,
} from '../../../../../../packages/cli/src/local/lambda/environment/platform-log.ts';
import {
  responseTooLarge,
  runtimeExited,
  timedOut,
} from '../../../../../../packages/cli/src/local/lambda/invocation.ts';

const report: InvocationReport = {
  requestId: 'r-1',
  durationMs: 2.903,
  memoryMb: 128,
  memoryUsedMb: 36,
  initMs: undefined,
  error: undefined,
};

it('reports a later invocation without the init phase', () => {
  expect(reportLine(report)).toBe(
    'REPORT RequestId: r-1\tDuration: 2.90 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t',
  );
});

it('bills the init phase of the first invocation', () => {
  expect(reportLine({ ...report, initMs: 110.1 })).toBe(
    'REPORT RequestId: r-1\tDuration: 2.90 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t',
  );
});

it.each([
  ['a timeout', timedOut(3), 'Status: timeout\t'],
  [
    'the end of its process',
    runtimeExited({ code: 1, signal: null }),
    'Status: error\tError Type: Runtime.ExitError\t',
  ],
  [
    'a response that is too large',
    responseTooLarge,
    'Status: error\tError Type: Function.ResponseSizeTooLarge\t',
  ],
])('says that the platform ended the invocation for %s', (_, errorPayload, status) => {
  const error = platformErrorIn(errorPayload('r-1'));
  expect(reportLine({ ...report, error })).toContain(`Max Memory Used: 36 MB\t${status}`);
});

it.each([
  ['{"errorType":"Error","errorMessage":"broken","trace":[]}'],
  ['{"errorType":"Runtime.ExitError","errorMessage":"as the platform says it","trace":[]}'],
  ['no JSON'],
])('takes %s for an error of the function', (payload) => {
  expect(platformErrorIn(payload)).toBeUndefined();
});

it('names the Node that an environment starts with', () => {
  expect(initStartLine('us-east-1')).toBe(
    `INIT_START Runtime Version: nodejs:${process.versions.node}\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:local`,
  );
});
