import { SQSClient } from '@aws-sdk/client-sqs';
import { createLocalClock, type LocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  createSqs,
  readQueue,
  type Sqs,
  sqsRoute,
} from '../../../../../packages/cli/src/local/sqs/index.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';

const place = { region: 'us-east-1', account: '000000000000' };

/** Queues behind a port, and AWS's own client of it. */
export type SqsUnderTest = {
  readonly sqs: Sqs;
  readonly server: HttpServer;
  readonly client: SQSClient;
  readonly urlOf: (name: string) => string;
  /**
   * Calls an operation without a client; the answer's JSON, its status and AWS's two codes of an
   * error.
   */
  readonly call: (operation: string, body: string | Uint8Array) => Promise<RawAnswer>;
  /** How many requests have arrived. */
  readonly requests: () => number;
  readonly stop: () => Promise<void>;
};

export type RawAnswer = {
  readonly status: number;
  readonly type: string | undefined;
  readonly queryError: string | null;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Starts queues with the properties of their templates. */
export const startSqs = async (
  queues: Readonly<Record<string, object>>,
  clock: LocalClock = createLocalClock(),
): Promise<SqsUnderTest> => {
  const sqs = createSqs({
    account: place.account,
    clock,
    queues: Object.entries(queues).map(([name, properties]) =>
      readQueue(properties, { name, ...place }),
    ),
  });
  let requests = 0;
  const count = (): undefined => {
    requests += 1;
  };
  const server: HttpServer = await startHttpServer({
    port: 0,
    routes: [count, sqsRoute(sqs, () => server.url)],
  });
  const client = new SQSClient({
    endpoint: server.url,
    region: place.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return {
    sqs,
    server,
    client,
    urlOf: (name) => `${server.url}/${place.account}/${name}`,
    call: async (operation, body) => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'x-amz-target': `AmazonSQS.${operation}` },
        body,
      });
      const answer = (await response.json()) as Readonly<Record<string, unknown>>;
      return {
        status: response.status,
        type: answer['__type']?.toString().replace('com.amazonaws.sqs#', ''),
        queryError: response.headers.get('x-amzn-query-error'),
        body: answer,
      };
    },
    requests: () => requests,
    stop: async () => {
      await sqs.stop();
      await server.stop();
      client.destroy();
    },
  };
};
