import type { Terminal } from 'antipode-local-dsql/process';
import type { DeadMessage } from '../../local/sqs/dead-message.ts';
import { askToGoOn, type Person } from '../service/confirm.ts';
import { type FoundService, shownService } from '../service/find-service.ts';
import { createPace } from '../service/pace.ts';
import type { ShowResult } from '../service/show-result.ts';
import { counted, tableLines } from '../service/tables.ts';
import { ageRefusal } from './inbox-age.ts';
import type { DlqCommand, DlqOptions } from './options.ts';
import type { Queues, ServiceQueue } from './queues.ts';
import { readMessages } from './reading.ts';
import { type RedriveReport, redriveQueues, type Worker } from './redrive.ts';
import { countedMax, countedOf, countMessages, findMessages, matches } from './search.ts';
import { targetsOf } from './targets.ts';

/** One run of `dlq redrive`. */
export type RedriveRun = {
  readonly options: DlqOptions;
  readonly terminal: Pick<Terminal, 'interrupted' | 'print'>;
  readonly person: Person;
  readonly service: FoundService;
  readonly queues: Queues;
  /** The queues that are meant. */
  readonly chosen: readonly ServiceQueue[];
  readonly show: ShowResult;
  /** How long the inbox knows an event again; absent where nothing says it. */
  readonly inboxRetentionMs: (service: FoundService) => Promise<number | undefined>;
  readonly openWorker: (service: FoundService) => Promise<Worker & { readonly close: () => void }>;
};

type Redrive = Extract<DlqCommand, { readonly name: 'redrive' }>;

const findIds = 'antipode dlq list prints those of messages';

const moreLine = `a queue has ${countedMax} messages or more: run it again for the others`;

/**
 * Redrives the messages that were counted, and no others: a person agrees to these. A message that
 * comes later, such as one that this run has caused itself, is left to the next run.
 *
 * @returns whether everything that was asked for was done
 */
export const redriveCounted = async (
  run: RedriveRun,
  { ids, rate, forgotten }: Redrive,
): Promise<boolean> => {
  const { options, terminal, person, service, queues, chosen, show } = run;
  const targets = targetsOf(service);
  const keep = countedOf(matches(options, Date.now()), targets);
  const foundIds = new Set<string | undefined>();
  const look = async (queue: ServiceQueue) => {
    if (ids.length > 0) {
      const messages = await findMessages(queues, queue, ids);
      const wanted = messages.filter((message) => keep(message).isWanted);
      for (const { id, eventId } of wanted) foundIds.add(id).add(eventId);
      return { messages: wanted.map(keep), isFull: false };
    }
    const messages = await readMessages(queues, queue, countedMax, keep);
    return { messages, isFull: messages.length === countedMax };
  };
  const found = await countMessages(chosen, look);
  const about = { stack: service.stack, region: service.region, queues: found.queues };
  const missing = ids.filter((id) => !foundIds.has(id)).length;
  const more = [
    ...(found.more ? [moreLine] : []),
    ...(missing > 0 ? [`${missing} of the ids in no queue of ${service.region}: ${findIds}`] : []),
  ];
  if (options.dryRun || found.count === 0) {
    show({ ...about, more: found.more, redriven: 0, failed: [] }, [
      ...tableLines(found.queues.map(({ queue, messages }) => [queue, String(messages)])),
      ...found.targets,
      ...more,
      `${counted(found.count, 'message')} to redrive`,
    ]);
    return missing === 0;
  }
  const what = `${counted(found.count, 'message')} of ${counted(found.queues.length, 'queue')}`;
  const where = found.targets.join(', ') || 'none says what to run';
  await askToGoOn(options, person, `Redrive ${what} of ${shownService(service)}: ${where}?`);
  const retentionMs = forgotten ? undefined : await run.inboxRetentionMs(service);
  const worker = await run.openWorker(service);
  try {
    const onProgress = ({ redriven, failed }: RedriveReport): void => {
      if (!options.json) terminal.print(`${redriven} redriven, ${failed.length} left`);
    };
    const names = found.queues.map(({ queue }) => queue);
    const wanted = ({ id }: { readonly id: string }): boolean => found.ids.has(id);
    const ageRefusalOf = (message: DeadMessage) => ageRefusal(message, retentionMs, Date.now());
    const { interrupted: signal } = terminal;
    const pace = createPace(rate, signal);
    const report = await redriveQueues(
      { queues, worker, targets, ageRefusalOf, wanted, pace, signal, onProgress },
      chosen.filter(({ name }) => names.includes(name)),
    );
    show({ ...about, more: found.more, ...report }, [
      ...report.failed.map(({ queue, id, reason }) => `${queue}: ${id} stays: ${reason}`),
      `${report.redriven} of ${counted(found.count, 'message')} redriven`,
      ...more,
    ]);
    terminal.interrupted.throwIfAborted();
    const isAll = ids.length === 0 || (missing === 0 && report.redriven >= found.count);
    return report.failed.length === 0 && isAll;
  } finally {
    worker.close();
  }
};
