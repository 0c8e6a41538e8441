import { expect, it } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import { createSqs, readQueue } from '../../../../../packages/cli/src/local/sqs/index.ts';

const place = { name: 'jobs', region: 'us-east-1', account: '000000000000' };
const arn = 'arn:aws:sqs:us-east-1:000000000000:jobs';

const withQueue = (properties: object) =>
  createSqs({
    account: place.account,
    clock: createLocalClock(),
    queues: [readQueue(properties, place)],
  });

it('a queue that changes keeps its messages, under its new settings', async () => {
  const sqs = withQueue({ VisibilityTimeout: 30 });
  const queue = sqs.byName('jobs');
  queue?.send({ body: 'a', attributes: {} });
  sqs.put(readQueue({ VisibilityTimeout: 0 }, place));
  expect(sqs.byName('jobs')).toBe(queue);
  expect(await queue?.receive({ max: 1 })).toMatchObject([{ body: 'a' }]);
  expect(await queue?.receive({ max: 1 })).toMatchObject([{ body: 'a', receiveCount: 2 }]);
});

it('a queue that is removed ends its long polls, and is gone', async () => {
  const sqs = withQueue({});
  const poll = sqs.byName('jobs')?.receive({ max: 1, waitSeconds: 20 });
  sqs.remove(arn);
  expect(await poll).toEqual([]);
  expect(sqs.queues).toEqual([]);
  expect(await sqs.sendToQueue(arn, 'a', {})).toBe('missing');
});
