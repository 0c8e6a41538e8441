/** @import { EntryKind, EntrySummary, Finding } from './entry.ts' */

/** @type {Readonly<Record<EntryKind, string>>} */
export const kindWords = {
  invocation: 'invocation',
  command: 'command',
  outbox: 'outbox',
  published: 'published',
  refused: 'refused',
  hop: 'other Region',
  rule: 'rule',
  delivery: 'delivery',
  'dead-letter': 'dead letter',
  lost: 'lost',
  effect: 'effect',
  failure: 'failure',
};

/**
 * A sign and a word, so that nothing depends on a color alone.
 *
 * @type {Readonly<Record<Finding['outcome'], string>>}
 */
export const outcomeWords = {
  ok: '✓ ok',
  skipped: '– skipped',
  failed: '✗ failed',
  waiting: '… waiting',
};

const two = (/** @type {number} */ value) => String(value).padStart(2, '0');

/** The time of the day, with milliseconds. @param {number} at */
export const timeWords = (at) => {
  const date = new Date(at);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};

/** @param {string | undefined} arn */
const nameIn = (arn) => arn?.split(/[:/]/).at(-1);

/** The parts of the service that an entry is about. @param {EntrySummary} entry */
export const subjectOf = ({ type, functionName, rule, target }) =>
  [type, rule && `rule ${rule}`, functionName ?? nameIn(target)].filter(Boolean).join(' · ');

/** The id by which a person knows an entry again; its own place where it has none. @param {EntrySummary} entry */
export const idOf = ({ seq, key, eventId, correlationId, requestId, envelopeId }) =>
  key ?? eventId ?? correlationId ?? requestId ?? envelopeId ?? `step ${seq}`;
