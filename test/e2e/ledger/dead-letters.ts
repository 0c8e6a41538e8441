import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerStack } from './stack.ts';

const consumer = 'antipode-ledger-project-totals';

/** Events that a consumer cannot read. */
export const describeDeadLetters = (started: () => LedgerStack): void => {
  let ledger: LedgerStack;
  let client: SQSClient;
  beforeAll(() => {
    ledger = started();
    client = new SQSClient({
      region: ledger.primary.region,
      endpoint: ledger.primary.url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });
  afterAll(() => client.destroy());

  const runsOf = (eventId: string) =>
    ledger.invocations.filter(
      ({ functionName, payload }) =>
        functionName === consumer && JSON.parse(payload).detail?.id === eventId,
    );

  const lettersOf = async (eventId: string) => {
    const QueueUrl = `${ledger.primary.url}/000000000000/${consumer}-failures`;
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await client.send(command);
    return Messages.map(({ Body = '' }) => JSON.parse(Body)).filter(
      ({ requestPayload }) => requestPayload.detail.id === eventId,
    );
  };

  describe('an event that a consumer cannot read', () => {
    it.each([
      ['of an unknown type', { type: 'Unheard' }, 'Unknown event type Unheard'],
      [
        'of a newer version',
        { schemaversion: 9 },
        'Unknown version 9 of event TransactionRecorded: expected 1 to 1',
      ],
      [
        'with data that do not fit',
        { data: {} },
        /^Event TransactionRecorded does not fit its schema: data.transaction_id, /,
      ],
    ])('%s is in the dead letters with its cause after one run', async (_, changes, message) => {
      const id = crypto.randomUUID();
      const detail = {
        specversion: '1.0',
        id,
        source: 'antipode.ledger',
        type: 'TransactionRecorded',
        time: new Date().toISOString(),
        subject: 'unread',
        datacontenttype: 'application/json',
        schemaversion: 1,
        originregion: ledger.primary.region,
        aggregateversion: 1,
        correlationid: 'c-1',
        data: {},
        ...changes,
      };
      await ledger.put(ledger.primary, {
        source: 'antipode.ledger',
        type: 'TransactionRecorded',
        detail,
      });
      await ledger.stack.idle();
      const [run, ...more] = runsOf(id);
      expect(more).toEqual([]);
      expect(run).toMatchObject({ failed: false, answer: '{"status":"dead-lettered"}' });
      expect(await lettersOf(id)).toEqual([
        expect.objectContaining({
          requestContext: expect.objectContaining({
            functionArn: expect.stringContaining(`:function:${consumer}:`),
            approximateInvokeCount: 1,
          }),
          requestPayload: expect.objectContaining({ detail }),
          responsePayload: {
            errorType: 'InvalidInput',
            errorMessage: typeof message === 'string' ? message : expect.stringMatching(message),
          },
        }),
      ]);
    });
  });
};
