import { expect, it } from 'vitest';
import {
  type InvocationReport,
  initStartLine,
  reportLine,
} from '../../../local/lambda/report-line.ts';

const report: InvocationReport = {
  requestId: 'r-1',
  durationMs: 2.903,
  memoryMb: 128,
  memoryUsedMb: 36,
  initMs: undefined,
  platformError: undefined,
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
  ['Sandbox.Timedout', 'Status: timeout\t'],
  ['Runtime.ExitError', 'Status: error\tError Type: Runtime.ExitError\t'],
])('says that the platform ended the invocation with %s', (platformError, status) => {
  expect(reportLine({ ...report, platformError })).toContain(`Max Memory Used: 36 MB\t${status}`);
});

it('names the Node that an environment starts with', () => {
  expect(initStartLine('us-east-1')).toBe(
    `INIT_START Runtime Version: nodejs:${process.versions.node}\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:local`,
  );
});
