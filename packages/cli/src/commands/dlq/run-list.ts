import { defined } from 'antipode/internal/domain';
import type { DeadMessage } from '../../local/sqs/dead-message.ts';
import type { FoundService } from '../service/find-service.ts';
import type { ShowResult } from '../service/show-result.ts';
import { counted, isoTime, shownAge, tableLines } from '../service/tables.ts';
import type { DlqOptions } from './options.ts';
import type { Queues, ServiceQueue } from './queues.ts';
import { readMessages } from './reading.ts';
import { matches } from './search.ts';

/** One run of `dlq list`. */
export type ListRun = {
  readonly options: DlqOptions;
  readonly service: Pick<FoundService, 'stack' | 'region'>;
  readonly queues: Queues;
  /** The queues that are meant. */
  readonly chosen: readonly ServiceQueue[];
  readonly show: ShowResult;
};

const summaryOf = (message: DeadMessage) => ({
  id: message.id,
  kind: message.kind,
  cause: message.cause,
  sentAt: isoTime(message.sentAt),
  target: message.target,
  ...defined({ eventType: message.eventType, eventId: message.eventId }),
  canBeRedriven: message.work !== undefined,
});

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** A message as a whole. */
export const detailsOf = (queue: ServiceQueue, message: DeadMessage) => ({
  queue: queue.name,
  ...summaryOf(message),
  attributes: message.attributes,
  body: jsonOr(message.body),
});

/**
 * Shows the messages of the queues. For a program it shows each as a whole, so that they are kept
 * where a stack goes with its queues.
 */
export const listMessages = async (
  { options, service, queues, chosen, show }: ListRun,
  { messagesMax }: { readonly messagesMax: number },
): Promise<boolean> => {
  const now = Date.now();
  const isMeant = matches(options, now);
  const found = await Promise.all(
    chosen.map(async (queue) => {
      const counts = await queues.counts(queue);
      const kept = await readMessages(queues, queue, messagesMax, (message) =>
        isMeant(message)
          ? {
              sentAt: message.sentAt,
              shown: options.json ? detailsOf(queue, message) : summaryOf(message),
            }
          : undefined,
      );
      const messages = kept.filter((one) => one !== undefined);
      return {
        ...{ queue: queue.name, ...counts },
        messages: messages.toSorted((one, other) => one.sentAt - other.sentAt),
      };
    }),
  );
  const { stack, region } = service;
  const lines = found.flatMap(({ queue, visible, hidden, messages }) => [
    `${region} ${queue}: ${counted(visible, 'message')}${hidden > 0 ? `, ${hidden} hidden` : ''}`,
    ...tableLines(
      messages.map(({ sentAt, shown }) => [
        `  ${shown.id}`,
        shown.kind,
        shown.eventType ?? '?',
        shownAge(now - sentAt),
        shown.cause,
      ]),
    ),
  ]);
  const json = found.map((one) => ({
    ...one,
    messages: one.messages.map(({ shown }) => shown),
  }));
  show({ stack, region, queues: json }, lines);
  return true;
};
