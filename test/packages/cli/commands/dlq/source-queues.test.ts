import { describe, expect, it } from 'vitest';
import { deadLetterQueues } from '../../../../../packages/cli/src/commands/dlq/source-queues.ts';

const urlOf = (name: string) => `https://sqs.us-east-1.amazonaws.com/000000000000/${name}`;

const resource = (type: string, id: string) => ({ type, logicalId: id, id });

const service = {
  ...{ account: '000000000000', region: 'us-east-1' },
  resources: [
    resource('AWS::SQS::Queue', urlOf('orders')),
    resource('AWS::SQS::Queue', urlOf('orders-failures')),
    resource('AWS::SQS::Queue', urlOf('undelivered')),
    resource('AWS::Lambda::EventSourceMapping', 'mapping-1'),
    resource('AWS::Lambda::EventSourceMapping', 'mapping-2'),
  ],
};

const sources: Readonly<Record<string, string>> = {
  'mapping-1': 'arn:aws:sqs:us-east-1:000000000000:orders',
  'mapping-2': 'arn:aws:dynamodb:us-east-1:000000000000:table/undelivered/stream/1',
};

describe('the dead-letter queues of a stack', () => {
  it('are its queues without those that a function reads as its source', async () => {
    const found = await deadLetterQueues(service, async (id) => sources[id]);
    expect(found).toEqual([urlOf('orders-failures'), urlOf('undelivered')]);
  });

  it.each([
    'arn:aws:sqs:us-west-2:000000000000:orders',
    'arn:aws:sqs:us-east-1:111111111111:orders',
  ])('do not miss one because %s has its name', async (source) => {
    expect(await deadLetterQueues(service, async () => source)).toContain(urlOf('orders'));
  });
});
