import { entryOf, type Work } from '../../local/sqs/dead-message.ts';
import { outcomeOf } from '../../local/sqs/redriven-outcome.ts';
import { type FoundService, resourceIds } from '../service/find-service.ts';
import { loadEventBridge, loadLambda, loadSqs, queueSettings } from '../service/sdk.ts';
import type { Worker } from './redrive.ts';
import { queueNameOf } from './targets.ts';

/** A request that puts an event on a bus or into a queue, and its retries. Seconds. */
const putSecondsMax = 30;

/**
 * Attempts of an invocation that is throttled, with the SDK's waits of some seconds in all: a
 * relay runs one at a time.
 */
const attemptsMax = 6;

/** Lambda's default of a function's timeout. Seconds. */
const timeoutDefault = 3;

/**
 * Does work again with the functions and the bus of a service. It waits for the answer of a
 * function: one that fails again is not put into a queue by Lambda, so its message has to stay.
 */
export const createWorker = async (
  service: FoundService,
): Promise<Worker & { readonly close: () => void }> => {
  const modules = [loadLambda(), loadEventBridge(), loadSqs()] as const;
  const [lambda, eventBridge, sqs] = await Promise.all(modules);
  const functions = new lambda.LambdaClient({ ...service.settings, maxAttempts: attemptsMax });
  const buses = new eventBridge.EventBridgeClient(service.settings);
  const queues = new sqs.SQSClient(queueSettings(service.settings));
  const timeouts = new Map<string, Promise<number>>();

  const timeoutOf = (FunctionName: string): Promise<number> => {
    const known = timeouts.get(FunctionName);
    if (known !== undefined) return known;
    const command = new lambda.GetFunctionConfigurationCommand({ FunctionName });
    const asked = functions.send(command).then(({ Timeout }) => Timeout ?? timeoutDefault);
    timeouts.set(FunctionName, asked);
    return asked;
  };

  const invoke = async (FunctionName: string, payload: string): Promise<'done' | 'set-aside'> => {
    const Payload = Buffer.from(payload);
    const answer = await functions.send(new lambda.InvokeCommand({ FunctionName, Payload }));
    return outcomeOf(answer);
  };

  const put = async (busName: string, event: string): Promise<'done'> => {
    const Entries = [entryOf(event, busName)];
    const answer = await buses.send(new eventBridge.PutEventsCommand({ Entries }));
    const { EventId, ErrorCode, ErrorMessage } = answer.Entries?.[0] ?? {};
    if (!EventId) throw new Error(`${ErrorCode ?? 'no result'}: ${ErrorMessage ?? ''}`);
    return 'done';
  };

  /** Sends a message to its queue again, where it is received as if it were new. */
  const send = async (work: Extract<Work, { readonly kind: 'send' }>): Promise<'done'> => {
    const { queueArn, body: MessageBody, groupId: MessageGroupId, messageId } = work;
    const urls = resourceIds(service, 'AWS::SQS::Queue');
    const QueueUrl = urls.find((url) => queueNameOf(url) === queueNameOf(queueArn));
    const attributes = Object.entries(work.attributes).map(([name, attribute]) => {
      const { DataType, StringValue, BinaryValue } = attribute;
      return [name, { DataType, StringValue, BinaryValue }];
    });
    const isFifo = queueArn.endsWith('.fifo');
    await queues.send(
      new sqs.SendMessageCommand({
        ...{ QueueUrl, MessageBody, MessageGroupId },
        MessageAttributes: Object.fromEntries(attributes),
        ...(isFifo ? { MessageDeduplicationId: messageId } : {}),
      }),
    );
    return 'done';
  };

  const run = (work: Work): Promise<'done' | 'set-aside'> => {
    switch (work.kind) {
      case 'invoke':
        return invoke(work.functionArn, work.payload);
      case 'put':
        return put(work.busName, work.event);
      case 'send':
        return send(work);
    }
  };

  return {
    secondsMax: (work: Work) =>
      work.kind === 'invoke' ? timeoutOf(work.functionArn) : Promise.resolve(putSecondsMax),
    run,
    close: () => {
      functions.destroy();
      buses.destroy();
      queues.destroy();
    },
  };
};
