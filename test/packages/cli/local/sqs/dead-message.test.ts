import { describe, expect, it } from 'vitest';
import {
  entryOf,
  readDeadMessage,
} from '../../../../../packages/cli/src/local/sqs/dead-message.ts';

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:totals';
const busArn = 'arn:aws:events:us-west-2:000000000000:event-bus/shop';
const event =
  '{"version":"0","id":"e1","detail-type":"Recorded","source":"shop","time":"2026-11-23T10:00:00Z","resources":["r"],"detail":{"id":"own-1","amount":100.50,"big":12345678901234567890}}';

const message = (Body: string, attributes: Readonly<Record<string, string>> = {}) => ({
  MessageId: 'm1',
  Body,
  Attributes: { SentTimestamp: '1000' },
  MessageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { StringValue }]),
  ),
});

describe('a dead letter', () => {
  it('of a rule is handed to the function that EventBridge could not reach', () => {
    const attributes = {
      RULE_ARN: 'arn:aws:events:us-east-1:000000000000:rule/shop/totals',
      TARGET_ARN: functionArn,
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: 'denied\nmore',
    };
    expect(readDeadMessage(message(event, attributes))).toMatchObject({
      ...{ id: 'm1', kind: 'rule', sentAt: 1000, cause: 'NO_PERMISSIONS: denied' },
      ...{ eventType: 'Recorded', eventId: 'own-1', target: functionArn },
      work: { kind: 'invoke', functionArn, payload: event },
    });
  });

  it.each([
    ['rule/shop/to-us-west-2', 'shop'],
    ['rule/to-us-west-2', 'default'],
  ])('of %s for a bus is put on the bus of the rule, %s, again', (rule, busName) => {
    const RULE_ARN = `arn:aws:events:us-east-1:000000000000:${rule}`;
    const { work } = readDeadMessage(message(event, { RULE_ARN, TARGET_ARN: busArn }));
    expect(work).toEqual({ kind: 'put', busName, ruleArn: RULE_ARN, event });
    expect(entryOf(event, busName)).toEqual({
      EventBusName: busName,
      Source: 'shop',
      DetailType: 'Recorded',
      Detail: '{"id":"own-1","amount":100.50,"big":12345678901234567890}',
      Resources: ['r'],
      Time: new Date('2026-11-23T10:00:00Z'),
    });
  });

  it('of a queue goes to that queue again, with the attributes of its sender', () => {
    const queueArn = 'arn:aws:sqs:us-east-1:000000000000:totals-queue';
    const attributes = { size: { DataType: 'String', StringValue: 'large' } };
    const moved = {
      ...{ MessageId: 'm1', Body: event, MessageAttributes: attributes },
      Attributes: {
        SentTimestamp: '1000',
        DeadLetterQueueSourceArn: queueArn,
        MessageGroupId: 'g',
      },
    };
    expect(readDeadMessage(moved)).toMatchObject({
      ...{ kind: 'queue', eventType: 'Recorded', eventId: 'own-1', target: queueArn },
      cause: 'the function that reads totals-queue has not handled it, and SQS keeps no cause',
      eventAt: Date.parse('2026-11-23T10:00:00Z'),
      work: { kind: 'send', queueArn, body: event, attributes, groupId: 'g', messageId: 'm1' },
    });
  });

  it('of a function runs the function with the event as it came, to the digit', () => {
    const body = `{"version":"1.0","requestContext":{"functionArn":"${functionArn}:$LATEST","condition":"RetriesExhausted"},"requestPayload": ${event} ,"responsePayload":{"errorType":"Conflict","errorMessage":"busy"}}`;
    expect(readDeadMessage(message(body))).toMatchObject({
      ...{ kind: 'function', cause: 'Conflict: busy', eventId: 'own-1', target: functionArn },
      work: { kind: 'invoke', functionArn, payload: event },
    });
  });

  it('of a function that was not run names the condition as its cause', () => {
    const body = `{"requestContext":{"functionArn":"${functionArn}","condition":"EventAgeExceeded"},"requestPayload":{}}`;
    expect(readDeadMessage(message(body))).toMatchObject({ cause: 'EventAgeExceeded' });
  });

  it('of a schedule starts its function with the input of that time', () => {
    const input = '{"scheduledTime":"2026-11-23T10:00:00Z"}';
    const attributes = { SCHEDULE_ARN: 's', TARGET_ARN: functionArn, ERROR_CODE: 'THROTTLING' };
    expect(readDeadMessage(message(input, attributes))).toMatchObject({
      ...{ kind: 'schedule', cause: 'THROTTLING' },
      work: { kind: 'invoke', functionArn, payload: input },
    });
  });

  it.each(['{"note":"from a person"}', 'no JSON', ''])('of %j has no work to do again', (body) => {
    expect(readDeadMessage(message(body))).toMatchObject({
      ...{ kind: 'unknown', cause: 'not known', work: undefined },
    });
  });
});
