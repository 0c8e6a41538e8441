import { expect, test } from 'vitest';
import { createRecentInvocations } from '../../../../../packages/cli/src/commands/logs/recent-invocations.ts';

const invocation = (endedAt: number) => ({
  region: 'us-east-1',
  functionName: 'antipode-sample',
  requestId: 'request',
  payload: '{}',
  durationMs: 1,
  answer: '{}',
  failed: false,
  endedAt,
});

test('keeps the last thousand invocations', () => {
  const { list, add } = createRecentInvocations();
  for (let number = 1; number <= 1_500; number += 1) add(invocation(number));
  expect([list.length, list[0]?.endedAt, list.at(-1)?.endedAt]).toEqual([1_000, 501, 1_500]);
});

test('keeps no invocation after the end of the self-check', () => {
  const { list, add, forget } = createRecentInvocations();
  add(invocation(1));
  forget();
  add(invocation(2));
  expect(list).toEqual([]);
});
