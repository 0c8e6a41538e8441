import { defined } from 'antipode/internal/domain';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { type Person, requireConsent } from '../service/confirm.ts';
import { type FoundService, findService } from '../service/find-service.ts';
import { type ShowResult, showResult } from '../service/show-result.ts';
import { counted, isoTime, shownAge, tableLines } from '../service/tables.ts';
import type { DeadMessage } from './dead-message.ts';
import { inboxRetentionMs } from './inbox-age.ts';
import type { DlqCommand, DlqOptions } from './options.ts';
import { openQueues, type Queues, type ServiceQueue } from './queues.ts';
import { readMessages } from './reading.ts';
import { discardMessages } from './run-discard.ts';
import { redriveCounted } from './run-redrive.ts';
import { findMessages, matches } from './search.ts';
import { createWorker } from './worker.ts';

type Part<Name extends DlqCommand['name']> = Extract<DlqCommand, { readonly name: Name }>;

/** One run of the command. */
type Run = {
  readonly options: DlqOptions;
  readonly terminal: Terminal;
  readonly person: Person;
  readonly service: FoundService;
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

const detailsOf = (queue: ServiceQueue, message: DeadMessage) => ({
  queue: queue.name,
  ...summaryOf(message),
  attributes: message.attributes,
  body: jsonOr(message.body),
});

const list = async (run: Run, { messagesMax }: Part<'list'>): Promise<boolean> => {
  const { options, service, queues, chosen, show } = run;
  const now = Date.now();
  const isMeant = matches(options, now);
  const found = await Promise.all(
    chosen.map(async (queue) => {
      const counts = await queues.counts(queue);
      const kept = await readMessages(queues, queue, messagesMax, (message) =>
        isMeant(message) ? { sentAt: message.sentAt, summary: summaryOf(message) } : undefined,
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
      messages.map(({ sentAt, summary }) => [
        `  ${summary.id}`,
        summary.kind,
        summary.eventType ?? '?',
        shownAge(now - sentAt),
        summary.cause,
      ]),
    ),
  ]);
  const json = found.map((one) => ({
    ...one,
    messages: one.messages.map(({ summary }) => summary),
  }));
  show({ stack, region, queues: json }, lines);
  return true;
};

const showOne = async ({ queues, chosen, show }: Run, { id }: Part<'show'>): Promise<boolean> => {
  for (const queue of chosen) {
    const [message] = await findMessages(queues, queue, [id], 1);
    if (!message) continue;
    const details = detailsOf(queue, message);
    const { attributes, body, ...summary } = details;
    show(details, [
      ...tableLines(
        Object.entries({ ...summary, ...attributes }).map(([name, value]) => [name, String(value)]),
      ),
      '',
      ...(typeof body === 'string' ? body : JSON.stringify(body, undefined, 2)).split('\n'),
    ]);
    return true;
  }
  throw new Error(
    `${id} is in no queue that was read: antipode dlq list prints the ids, and a message that another command holds comes back within minutes`,
  );
};

const chosenQueues = (all: readonly ServiceQueue[], name: string | undefined, stack: string) => {
  if (name === undefined) return all;
  const found = all.filter((queue) => queue.name === name);
  if (found.length > 0) return found;
  const names = all.map((queue) => queue.name).join(', ');
  throw new UsageError(`--queue ${name}: stack ${stack} has ${names || 'no queue'}`);
};

const execute = (run: Run): Promise<boolean> => {
  const { command } = run.options;
  switch (command.name) {
    case 'list':
      return list(run, command);
    case 'show':
      return showOne(run, command);
    case 'redrive':
      return redriveCounted({ ...run, inboxRetentionMs, openWorker: createWorker }, command);
    case 'discard':
      return discardMessages(run, command);
  }
};

/**
 * `antipode dlq`: reads the dead-letter queues of a service, runs again what has failed, and
 * deletes what nobody needs.
 *
 * @returns whether everything that was asked for was done
 * @throws {Error} with one line for what keeps it from its work
 */
export const runDlq = async (
  options: DlqOptions,
  terminal: Terminal,
  person: Person,
): Promise<boolean> => {
  if (['redrive', 'discard'].includes(options.command.name)) requireConsent(options, person);
  const service = await findService(options, terminal);
  const queues = await openQueues(service);
  try {
    const chosen = chosenQueues(queues.all, options.queue, service.stack);
    const show = showResult(options, terminal);
    return await execute({ options, terminal, person, service, queues, chosen, show });
  } finally {
    queues.close();
  }
};
