import { awsJsonRoute } from '../aws-json.ts';
import type { Route } from '../http.ts';
import { batchOperations } from './batch-operations.ts';
import { messageOperations } from './message-operations.ts';
import { moveTaskOperations } from './move-task-operations.ts';
import { queueOperations } from './queue-operations.ts';
import type { Sqs } from './sqs.ts';

/** The URL of a queue on the local port: AWS's clients send to its host, whatever their endpoint. */
export const queueUrl = (origin: string, account: string, name: string): string =>
  `${origin}/${account}/${name}`;

/**
 * Serves the queues of one Region to AWS's clients.
 *
 * @param origin Where this route will be served, asked for at each request, such as `http://127.0.0.1:4510`.
 */
export const sqsRoute = (sqs: Sqs, origin: () => string): Route =>
  awsJsonRoute({
    target: 'AmazonSQS',
    version: '1.0',
    namespace: 'com.amazonaws.sqs',
    // Some clients post to the URL of the queue.
    alsoAt: (path) => path.startsWith(`/${sqs.account}/`),
    operations: {
      ...queueOperations(sqs, ({ definition }) => queueUrl(origin(), sqs.account, definition.name)),
      ...moveTaskOperations(sqs),
      ...messageOperations(sqs),
      ...batchOperations(sqs),
    },
  });
