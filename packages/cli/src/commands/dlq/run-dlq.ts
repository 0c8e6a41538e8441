import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { type Person, requireConsent } from '../service/confirm.ts';
import { type FoundService, findService } from '../service/find-service.ts';
import { type ShowResult, showResult } from '../service/show-result.ts';
import { tableLines } from '../service/tables.ts';
import { inboxRetentionMs } from './inbox-age.ts';
import type { DlqCommand, DlqOptions } from './options.ts';
import { openQueues, type Queues, type ServiceQueue } from './queues.ts';
import { discardMessages } from './run-discard.ts';
import { detailsOf, listMessages } from './run-list.ts';
import { redriveCounted } from './run-redrive.ts';
import { findMessages } from './search.ts';
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
      return listMessages(run, command);
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
