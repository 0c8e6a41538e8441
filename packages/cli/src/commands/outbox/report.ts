import type { OutboxStatus } from 'antipode/domain';
import { defined } from 'antipode/internal/domain';
import type { OutboxRow, OutboxRowState } from 'antipode/internal/dsql';
import { counted, isoTime, shownAge, tableLines } from '../service/tables.ts';

const stateOf = ({ deadAt, publishedAt }: OutboxRow): OutboxRowState => {
  if (publishedAt !== undefined) return 'published';
  return deadAt === undefined ? 'pending' : 'dead';
};

/** The envelope as JSON; a person may have made it something else. */
const envelopeOf = ({ envelope }: OutboxRow): unknown => {
  try {
    return JSON.parse(envelope);
  } catch {
    return envelope;
  }
};

const attributeOf = (row: OutboxRow, name: 'type' | 'subject'): string => {
  const envelope = envelopeOf(row);
  const value =
    typeof envelope === 'object' && envelope !== null && name in envelope
      ? (envelope as Readonly<Record<string, unknown>>)[name]
      : undefined;
  return typeof value === 'string' ? value : '?';
};

/** A row for JSON output, without its envelope. */
export const summaryOf = (row: OutboxRow) => ({
  id: row.id,
  state: stateOf(row),
  type: attributeOf(row, 'type'),
  subject: attributeOf(row, 'subject'),
  origin: row.origin,
  occurredAt: isoTime(row.occurredAt),
  attempts: row.attempts,
  ...defined({
    dueAt: isoTime(row.dueAt),
    publishedAt: isoTime(row.publishedAt),
    deadAt: isoTime(row.deadAt),
    lastError: row.lastError,
  }),
});

/** A row for JSON output, with its envelope. */
export const detailsOf = (row: OutboxRow) => ({ ...summaryOf(row), envelope: envelopeOf(row) });

/** A count as people read it: `10,000+` where counting has stopped. */
export const boundedText = ({ count, orMore }: OutboxStatus['dead']): string =>
  `${count.toLocaleString('en-US')}${orMore ? '+' : ''}`;

/** When an event will be due that waits for its time, such as a timeout. */
const dueIn = ({ dueAt, deadAt, publishedAt }: OutboxRow, now: number): string => {
  const waits = deadAt === undefined && publishedAt === undefined;
  return waits && dueAt !== undefined && dueAt > now ? `due in ${shownAge(dueAt - now)}` : '';
};

/** The lines of `outbox list`. */
export const listLines = (
  rows: readonly OutboxRow[],
  status: OutboxStatus,
  now: number,
): readonly string[] => [
  ...tableLines(
    rows.map((row) => [
      row.id,
      stateOf(row),
      attributeOf(row, 'type'),
      row.origin,
      shownAge(now - row.occurredAt),
      dueIn(row, now),
      counted(row.attempts, 'attempt'),
      row.lastError ?? '',
    ]),
  ),
  `${boundedText(status.dead)} dead, ${boundedText(status.pending)} pending`,
];

/** The lines of `outbox show`. */
export const showLines = (row: OutboxRow): readonly string[] => [
  ...tableLines(Object.entries(summaryOf(row)).map(([name, value]) => [name, String(value ?? '')])),
  '',
  ...(JSON.stringify(envelopeOf(row), undefined, 2) ?? '').split('\n'),
];
