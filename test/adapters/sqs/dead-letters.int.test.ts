import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type HttpServer,
  startHttpServer,
} from '../../../packages/local-dsql/src/http/http-server.ts';
import {
  createSendMessage,
  createSqsDeadLetters,
  sqsEndpoint,
} from '../../../src/adapters/sqs/index.ts';
import type { DeadLetter } from '../../../src/domain/kernel/index.ts';
import { type SqsUnderTest, startSqs } from '../../packages/cli/local/sqs/sqs-client.ts';

const region = 'us-east-1';
const credentials = () => ({ accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 't' });

const letter: DeadLetter = {
  payload: { detail: { id: 'e-1', price: 1.5 } },
  cause: { name: 'InvalidInput', message: 'Unknown event type Moved' },
  requestId: 'r-1',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:occupancy',
  attempts: 1,
  failedAt: Date.UTC(2026, 0, 2),
};

describe('dead letters in a queue', () => {
  let under: SqsUnderTest;
  beforeAll(async () => {
    under = await startSqs({ failures: {}, foreign: {}, small: { MaximumMessageSize: 1024 } });
  });
  afterAll(() => under.stop());

  const lettersOf = (name: string) => {
    const queueUrl = under.urlOf(name);
    const url = sqsEndpoint(queueUrl, {});
    return createSqsDeadLetters(createSendMessage({ region, url, queueUrl, credentials }));
  };

  it('keep the text of their event where it is known', async () => {
    const payloadText = '{"detail":{"id":9007199254740993,"price":1.50}}';
    // A timer takes no fraction of a millisecond; a deadline may have one.
    await lettersOf('foreign').send({ ...letter, payloadText }, Date.now() + 1_000.5);
    const command = new ReceiveMessageCommand({ QueueUrl: under.urlOf('foreign') });
    const { Messages: [message] = [] } = await under.client.send(command);
    expect(message?.Body).toContain(`"requestPayload":${payloadText}}`);
    expect(JSON.parse(message?.Body ?? '').requestContext.requestId).toBe('r-1');
    under.sqs.byName('foreign')?.purge();
  });

  it("are written like Lambda's records, so that one redrive takes both", async () => {
    await lettersOf('failures').send(letter, Date.now() + 10_000);
    const command = new ReceiveMessageCommand({ QueueUrl: under.urlOf('failures') });
    const { Messages: [message] = [] } = await under.client.send(command);
    expect(JSON.parse(message?.Body ?? '')).toEqual({
      version: '1.0',
      timestamp: '2026-01-02T00:00:00.000Z',
      requestContext: {
        requestId: 'r-1',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:occupancy:$LATEST',
        condition: 'EventRefused',
        approximateInvokeCount: 1,
      },
      requestPayload: { detail: { id: 'e-1', price: 1.5 } },
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: 'Unhandled',
      },
      responsePayload: { errorType: 'InvalidInput', errorMessage: 'Unknown event type Moved' },
    });
  });

  it('keep characters that SQS does not take in a message', async () => {
    const codes = [0, 1, 0x0b, 0x1f, 0x7f, 0xd800, 0xdfff, 0xfffe, 0xffff, 0x1fffe, 0x10ffff];
    const text = `\\${codes.map((code) => String.fromCodePoint(code)).join(' ')}`;
    const payload = { [text]: text, escaped: '\\uffff' };
    await lettersOf('foreign').send({ ...letter, payload }, Date.now() + 10_000);
    const command = new ReceiveMessageCommand({ QueueUrl: under.urlOf('foreign') });
    const { Messages: [message] = [] } = await under.client.send(command);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({ requestPayload: payload });
  });

  it('are refused with the error of the service where the queue does not take them', async () => {
    const large = { ...letter, payload: 'x'.repeat(2_000) };
    await expect(lettersOf('small').send(large, Date.now() + 10_000)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      status: 400,
    });
  });

  it('are not sent after the deadline', async () => {
    await expect(lettersOf('failures').send(letter, Date.now() - 1)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

describe('a message to a queue', () => {
  let server: HttpServer | undefined;
  afterEach(() => server?.stop());

  type Answer = { readonly status: number; readonly body: string };
  const taken: Answer = { status: 200, body: '{"MessageId":"m-1"}' };

  /** Answers in turn, and the last answer again. */
  const serve = async (...answers: readonly [Answer, ...Answer[]]) => {
    const asked: Readonly<Record<string, unknown>>[] = [];
    const started = await startHttpServer({
      port: 0,
      routes: [
        async ({ headers }) => {
          asked.push(headers);
          return answers[Math.min(asked.length, answers.length) - 1];
        },
      ],
    });
    server = started;
    const queueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/failures';
    const url = sqsEndpoint(queueUrl, { AWS_ENDPOINT_URL_SQS: started.url });
    return { asked, send: createSendMessage({ region, url, queueUrl, credentials }) };
  };
  const soon = () => AbortSignal.timeout(10_000);

  it('is signed for SQS', async () => {
    const { asked, send } = await serve(taken);
    await send('{}', soon());
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      'x-amz-target': 'AmazonSQS.SendMessage',
      authorization: expect.stringMatching(/Credential=local\/\d{8}\/us-east-1\/sqs\/aws4_request/),
    });
  });

  it('is sent once more where the service fails, or is too busy', async () => {
    for (const status of [500, 503, 429]) {
      const { asked, send } = await serve({ status, body: '{}' }, taken);
      await send('{}', soon());
      expect(asked).toHaveLength(2);
      await server?.stop();
    }
  });

  it('is not sent again where the service refuses it', async () => {
    const refused = '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"No such queue."}';
    const { asked, send } = await serve({ status: 400, body: refused });
    const error = { name: 'QueueDoesNotExist', message: 'No such queue.', status: 400 };
    await expect(send('{}', soon())).rejects.toMatchObject(error);
    expect(asked).toHaveLength(1);
  });

  it('fails with the last error where both attempts fail', async () => {
    const { asked, send } = await serve({ status: 500, body: 'no JSON' });
    await expect(send('{}', soon())).rejects.toMatchObject({
      name: 'UnknownError',
      message: 'SQS answered with HTTP status 500',
    });
    expect(asked).toHaveLength(2);
  });

  it('has not arrived where something else than SQS answers', async () => {
    const { send } = await serve({ status: 200, body: '<html>' });
    await expect(send('{}', soon())).rejects.toThrow('Something else than SQS answered');
  });
});

describe('the address of SQS', () => {
  const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/failures';

  it("is the host of the queue's URL, or the one that the environment sets", () => {
    expect(sqsEndpoint(queueUrl, {}).href).toBe('https://sqs.eu-west-1.amazonaws.com/');
    const AWS_ENDPOINT_URL_SQS = 'http://localhost:4100';
    expect(sqsEndpoint(queueUrl, { AWS_ENDPOINT_URL_SQS }).href).toBe('http://localhost:4100/');
  });

  it('is refused in one line where the URL of the queue is none', () => {
    expect(() => sqsEndpoint('failures', {})).toThrow('The URL of the queue is none: give one');
  });
});
