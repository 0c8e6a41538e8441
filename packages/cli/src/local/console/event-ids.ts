import { defined } from 'antipode/internal/domain';
import type { EntryIds } from './page/entry.ts';

/** Texts that are read for ids. An event has up to a megabyte; its ids are then not worth it. */
const readCharsMax = 65_536;

/** Longer texts are no ids. */
const idCharsMax = 128;

export const idIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= idCharsMax ? value : undefined;

/** An object of a JSON text; empty for any other text. */
export const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  if (text.length > readCharsMax) return {};
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};

/** The ids in the detail of an event: those of a service's envelope. */
export const idsOfDetail = (value: unknown, envelopeId: string | undefined): EntryIds => {
  const { id, correlationid } = Object(value) as Readonly<Record<string, unknown>>;
  return defined({
    eventId: idIn(id) ?? envelopeId,
    envelopeId,
    correlationId: idIn(correlationid),
  });
};

/** The ids of an event that a function was invoked with, and its type; none for other payloads. */
export const idsOfPayload = (text: string): EntryIds & { readonly type?: string } => {
  const payload = objectIn(text);
  const [record] = Array.isArray(payload['Records']) ? payload['Records'] : [];
  const body: unknown = Object(record).body;
  const event = typeof body === 'string' ? objectIn(body) : payload;
  const type = event['detail-type'];
  if (typeof type !== 'string') return {};
  return { ...idsOfDetail(event['detail'], idIn(event['id'])), type };
};
