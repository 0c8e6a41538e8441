import { defined } from 'antipode/internal/domain';
import { idIn, idsOfPayload, objectIn } from './event-ids.ts';
import type { EntryIds } from './page/entry.ts';
import type { NewEntry, Recorder } from './recorder.ts';

/** An attempt of a function that has ended. */
export type EndedInvocation = {
  readonly region: string;
  readonly functionName: string;
  readonly requestId: string;
  readonly payload: string;
  readonly answer: string;
  readonly failed: boolean;
  readonly durationMs: number | undefined;
};

/** A line that a function, or the platform for it, has written. */
export type WrittenLine = {
  readonly region: string;
  readonly functionName: string;
  readonly line: string;
};

/** Lines that tell of a command or of an event. Most lines do not, and are read no further. */
const mayTell = /"message":"(?:Command|Events? |Invocation )/;

/** The line of the platform about an asynchronous event that it gives up. */
const givenUp = /^Event (?:(\S+) of request )?(\S+) is (given up|dropped) \((.*)/;

type Fields = Readonly<Record<string, unknown>>;

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const idsOfLine = (fields: Fields): EntryIds => {
  const { events } = fields;
  return defined({
    eventId: idIn(fields['event']) ?? idIn(fields['causationid']),
    requestId: idIn(fields['requestId']),
    correlationId: idIn(fields['correlationid']),
    key: idIn(fields['key']),
    events: Array.isArray(events) ? events.filter((id) => idIn(id) !== undefined) : undefined,
  });
};

/** The first error that a line of Powertools has, or its reason. */
const reasonOfLine = (fields: Fields): string | undefined => {
  const { errors, reason } = fields;
  const [error] = Array.isArray(errors) ? errors : [];
  const { name, message } = Object(error) as Fields;
  const told = textIn(message);
  return textIn(reason) ?? (told && [textIn(name), told].filter(Boolean).join(': '));
};

type Told = Pick<NewEntry, 'kind' | 'outcome'>;

const outcomeOf = (status: string | undefined): Told['outcome'] => {
  if (status === 'committed') return 'ok';
  return status === 'replayed' ? 'skipped' : 'failed';
};

/** The step that a message of the framework tells of. */
const toldBy = (message: string, fields: Fields): Told | undefined => {
  const [, command] = /^Command ([\w-]+)$/.exec(message) ?? [];
  if (command !== undefined) return { kind: 'command', outcome: outcomeOf(command) };
  switch (message) {
    case 'Events committed':
      return { kind: 'command', outcome: 'ok' };
    case 'Event handled':
      return { kind: 'effect', outcome: outcomeOf(textIn(fields['status'])) };
    case 'Event put into the dead letters':
      return { kind: 'dead-letter', outcome: 'failed' };
    case 'Events are left to the relay':
    case 'Event not published':
    case 'Event is dead':
      return { kind: 'outbox', outcome: 'failed' };
    case 'Event failed':
    case 'Event refused':
    case 'Invocation failed':
    case 'Invocation refused':
      return { kind: 'failure', outcome: 'failed' };
    default:
      return undefined;
  }
};

const entryOfPlatform = ({ region, functionName, line }: WrittenLine): NewEntry | undefined => {
  const [, eventId, requestId, end, rest = ''] = givenUp.exec(line) ?? [];
  if (requestId === undefined) return undefined;
  const lost = end === 'dropped';
  const [reason = '', target] = lost ? [rest.replace(')', '')] : rest.split(') and sent to ');
  return {
    ...{ region, functionName, requestId, outcome: 'failed', reason },
    kind: lost ? 'lost' : 'dead-letter',
    ...defined({ eventId: idIn(eventId), target }),
  };
};

/** The step that a line of a log tells of; `undefined` for most lines. */
export const entryOfLine = (written: WrittenLine): NewEntry | undefined => {
  const { region, functionName, line } = written;
  if (line.startsWith('Event ')) return entryOfPlatform(written);
  if (!line.startsWith('{') || !mayTell.test(line)) return undefined;
  const fields = objectIn(line);
  const message = textIn(fields['message']) ?? '';
  const told = toldBy(message, fields);
  if (!told) return undefined;
  const why = reasonOfLine(fields);
  const status = textIn(fields['status']);
  const said = status === undefined ? message : `${message}: ${status}`;
  return {
    ...{ region, functionName, ...told, ...idsOfLine(fields) },
    ...defined({ type: textIn(fields['type']) }),
    reason: why === undefined ? said : `${said}: ${why}`,
  };
};

const errorOf = (answer: string): string => {
  const { errorType, errorMessage } = objectIn(answer);
  return (
    [textIn(errorType), textIn(errorMessage)].filter(Boolean).join(': ').split('\n', 1)[0] ?? ''
  );
};

/** The answer of an API says by its status that it has not done what it was asked for. */
const apiStatus = (answer: string): number | undefined => {
  const { statusCode } = objectIn(answer);
  return typeof statusCode === 'number' ? statusCode : undefined;
};

export const entryOfInvocation = (ended: EndedInvocation): NewEntry => {
  const { region, functionName, requestId, payload, answer, failed, durationMs } = ended;
  const status = failed ? undefined : apiStatus(answer);
  const reason = failed ? errorOf(answer) : status === undefined ? undefined : `status ${status}`;
  return {
    ...{ kind: 'invocation', region, functionName, payload, answer },
    ...idsOfPayload(payload),
    requestId,
    outcome: failed || (status ?? 0) >= 400 ? 'failed' : 'ok',
    ...defined({ reason, durationMs }),
  };
};

/** Records the invocations of functions, and those of their lines that tell of a step. */
export const observeFunctions = ({ add }: Pick<Recorder, 'add'>) => ({
  onInvocation: (ended: EndedInvocation): void => add(entryOfInvocation(ended)),
  onLog: (written: WrittenLine): void => {
    const entry = entryOfLine(written);
    if (entry) add(entry);
  },
});
