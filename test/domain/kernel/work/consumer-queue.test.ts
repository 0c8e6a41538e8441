import { describe, expect, it } from 'vitest';
import {
  consumerQueueProblem,
  consumerQueueSettings,
} from '../../../../src/domain/kernel/work/consumer-queue.ts';

describe('the queue of a consumer', () => {
  it.each([
    [true, { batchSize: 10, batchWindowSeconds: 0, receivesMax: 5 }],
    [{ batchSize: 11 }, { batchSize: 11, batchWindowSeconds: 1, receivesMax: 5 }],
    [
      { concurrencyMax: 2, receivesMax: 3, batchWindowSeconds: 60 },
      { batchSize: 10, batchWindowSeconds: 60, concurrencyMax: 2, receivesMax: 3 },
    ],
  ] as const)('as %j has the settings %j', (queue, settings) => {
    expect(consumerQueueSettings(queue)).toEqual(settings);
    expect(consumerQueueProblem(queue)).toBeUndefined();
  });

  it.each([
    [{ batchSize: 0 }, 'has a queue with batchSize 0: use a whole number from 1 to 100'],
    [{ batchSize: 101 }, 'has a queue with batchSize 101: use a whole number from 1 to 100'],
    [{ receivesMax: 1 }, 'has a queue with receivesMax 1: use a whole number from 2 to 1000'],
    [{ concurrencyMax: 1 }, 'has a queue with concurrencyMax 1: use a whole number from 2 to 1000'],
    [
      { batchWindowSeconds: 0.5 },
      'has a queue with batchWindowSeconds 0.5: use a whole number from 0 to 300',
    ],
    [
      { batchSize: 20, batchWindowSeconds: 0 },
      'has a queue with batchSize 20: above 10 it needs a batchWindowSeconds of 1 or more',
    ],
  ])('is refused as %j', (queue, problem) => {
    expect(consumerQueueProblem(queue)).toBe(problem);
  });
});
