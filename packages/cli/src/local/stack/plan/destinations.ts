import { parseArn } from '../../arn.ts';
import type { EventBridge } from '../../eventbridge/index.ts';
import type { DestinationMessage, LocalFunction, SendToDestination } from '../../lambda/index.ts';
import { type Sqs, traceAttributes } from '../../sqs/index.ts';

/** The services of a Region that receive what Lambda sends about asynchronous invocations. */
export type DestinationDeps = {
  readonly sqs: Pick<Sqs, 'byArn'>;
  readonly functionByArn: (arn: string) => Pick<LocalFunction, 'enqueue'> | undefined;
  /** The buses, once they have been started. */
  readonly bridge: () => Pick<EventBridge, 'putEvents'> | undefined;
};

const missing = (arn: string): never => {
  throw new Error(`there is no ${arn}`);
};

const sendToQueue = (
  { sqs }: DestinationDeps,
  { destinationArn, body, attributes, traceHeader }: DestinationMessage,
): void => {
  const queue = sqs.byArn(destinationArn) ?? missing(destinationArn);
  queue.send({ body, attributes, systemAttributes: traceAttributes(traceHeader) });
};

/**
 * The event that a bus gets; its resources are the bus and the version that ran (recorded
 * 2025-11-24).
 */
const putOnBus = (
  { bridge }: DestinationDeps,
  { destinationArn, functionArn, succeeded, body, traceHeader }: DestinationMessage,
): void => {
  const { Entries = [] } =
    bridge()?.putEvents([
      {
        Source: 'lambda',
        DetailType: `Lambda Function Invocation Result - ${succeeded ? 'Success' : 'Failure'}`,
        Detail: body,
        EventBusName: destinationArn,
        Resources: [destinationArn, functionArn],
        TraceHeader: traceHeader,
      },
    ]) ?? missing(destinationArn);
  for (const entry of Entries) if ('ErrorCode' in entry) throw new Error(entry.ErrorMessage);
};

/** Brings the messages of a Region's functions to its queues, functions and buses. */
export const createDestinations =
  (deps: DestinationDeps): SendToDestination =>
  (message) => {
    const { destinationArn, body, traceHeader } = message;
    switch (parseArn(destinationArn)?.service) {
      case 'sqs':
        return sendToQueue(deps, message);
      case 'events':
        return putOnBus(deps, message);
      case 'lambda':
        (deps.functionByArn(destinationArn) ?? missing(destinationArn)).enqueue(body, {
          traceHeader,
        });
        return;
      default:
        return missing(destinationArn);
    }
  };
