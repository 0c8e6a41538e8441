import { userInfo } from 'node:os';
import type { Terminal } from 'antipode-local-dsql/process';
import type { DeadMessage } from '../../local/sqs/dead-message.ts';
import { askToGoOn, type Person } from '../service/confirm.ts';
import { type FoundService, shownService } from '../service/find-service.ts';
import type { ShowResult } from '../service/show-result.ts';
import { counted } from '../service/tables.ts';
import type { DlqCommand, DlqOptions } from './options.ts';
import { batchMax, type Queues, type ServiceQueue } from './queues.ts';
import { holdMessages } from './reading.ts';
import { findMessages } from './search.ts';

/** One run of `dlq discard`. */
export type DiscardRun = {
  readonly options: DlqOptions;
  readonly terminal: Pick<Terminal, 'interrupted'>;
  readonly person: Person;
  readonly service: FoundService;
  readonly queues: Queues;
  /** The queues that are meant. */
  readonly chosen: readonly ServiceQueue[];
  readonly show: ShowResult;
};

/** A message that is deleted, as a log has to keep it: who did it, when, and the message itself. */
type Discarded = {
  readonly discardedAt: string;
  readonly by: string;
  readonly queue: string;
  readonly id: string;
  readonly eventType: string | undefined;
  readonly eventId: string | undefined;
  readonly cause: string;
  readonly body: string;
};

/** The name of the person on this machine; a container may have none. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
};

const recordOf = (queue: ServiceQueue, message: DeadMessage): Discarded => ({
  discardedAt: new Date().toISOString(),
  by: userName(),
  queue: queue.name,
  id: message.id,
  eventType: message.eventType,
  eventId: message.eventId,
  cause: message.cause,
  body: message.body,
});

const auditLine = ({ discardedAt, by, queue, id, eventType, eventId, cause }: Discarded): string =>
  `${discardedAt} ${by} discarded ${id} of ${queue}: ${eventType ?? '?'} ${eventId ?? '?'}: ${cause}`;

/** Deletes the messages of these ids in one queue, and says so of each at once. */
const discardIn = async (
  { queues, terminal: { interrupted } }: DiscardRun,
  queue: ServiceQueue,
  ids: ReadonlySet<string>,
  onDiscarded: (one: Discarded) => void,
): Promise<void> => {
  const holding = holdMessages(queues, queue);
  let left = ids.size;
  try {
    while (left > 0 && !interrupted.aborted) {
      const messages = await holding.next(batchMax);
      if (messages.length === 0) break;
      for (const message of messages.filter(({ id }) => ids.has(id))) {
        await queues.remove(queue, holding.handleOf(message));
        holding.forget(message);
        left -= 1;
        onDiscarded(recordOf(queue, message));
      }
    }
  } finally {
    await holding.release();
  }
};

type Discard = Extract<DlqCommand, { readonly name: 'discard' }>;

/** Messages of one queue that have the ids of a command. */
type Found = { readonly queue: ServiceQueue; readonly messages: readonly DeadMessage[] };

const discardFound = async (
  run: DiscardRun,
  found: readonly Found[],
  onDiscarded: (one: Discarded) => void,
): Promise<void> => {
  for (const { queue, messages } of found) {
    await discardIn(run, queue, new Set(messages.map(({ id }) => id)), onDiscarded);
  }
};

/**
 * Deletes dead letters that nobody needs any more, by their ids or those of their events.
 *
 * @returns whether each id was found, and each message that was found is deleted
 */
export const discardMessages = async (run: DiscardRun, { ids }: Discard): Promise<boolean> => {
  const { options, person, service, queues, chosen, show } = run;
  const about = { stack: service.stack, region: service.region };
  const found: Found[] = [];
  for (const queue of chosen) {
    const messages = await findMessages(queues, queue, ids);
    if (messages.length > 0) found.push({ queue, messages });
  }
  const all = found.flatMap(({ messages }) => messages);
  const missing = ids.filter(
    (one) => !all.some(({ id, eventId }) => one === id || one === eventId),
  );
  const absent = missing.map((id) => `${id} is in no queue of ${service.region}`);
  if (options.dryRun || all.length === 0) {
    show({ ...about, toDiscard: all.map(({ id }) => id), discarded: [], missing }, [
      ...found.flatMap(({ queue, messages }) =>
        messages.map(
          ({ id, eventType = '?', cause }) => `${queue.name}: ${id} ${eventType}: ${cause}`,
        ),
      ),
      ...absent,
      `${counted(all.length, 'message')} to discard`,
    ]);
    return missing.length === 0;
  }
  const what = `${counted(all.length, 'message')} of ${counted(found.length, 'queue')}`;
  const question = `Discard ${what} of ${shownService(service)}, so that nothing can run them again?`;
  await askToGoOn(options, person, question);
  const discarded: Discarded[] = [];
  try {
    await discardFound(run, found, (one) => void discarded.push(one));
  } finally {
    // Also where a queue refuses the next one: nothing else keeps those that are gone.
    show({ ...about, discarded, missing }, [
      ...discarded.map(auditLine),
      ...absent,
      `${discarded.length} of ${counted(all.length, 'message')} discarded`,
    ]);
  }
  run.terminal.interrupted.throwIfAborted();
  return missing.length === 0 && discarded.length === all.length;
};
