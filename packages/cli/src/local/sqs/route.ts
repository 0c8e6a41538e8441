import type { Route } from 'antipode-local-dsql/http';
import { awsJsonRoute } from '../aws-json.ts';
import { batchOperations } from './operations/batch-operations.ts';
import { messageOperations } from './operations/message-operations.ts';
import { moveTaskOperations } from './operations/move-task-operations.ts';
import { queueOperations } from './operations/queue-operations.ts';
import type { Sqs } from './sqs.ts';

/**
 * The URL of a queue on the local port: AWS's clients send to its host, whatever their endpoint.
 */
export const queueUrl = (origin: string, account: string, name: string): string =>
  `${origin}/${account}/${name}`;

/**
 * Serves the queues of one Region to AWS's clients.
 *
 * @param origin The origin that serves this route, such as `http://127.0.0.1:4510`; asked for at
 * each request.
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
