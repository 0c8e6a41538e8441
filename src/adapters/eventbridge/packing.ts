import type { EventEnvelope } from '../../domain/kernel/index.ts';

/** One entry of a `PutEvents` request, as the AWS SDK takes it. */
export type PutEventsEntry = {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time: Date;
  readonly TraceHeader?: string;
};

/** EventBridge takes ten entries per request. */
export const entriesMax = 10;

/**
 * Bytes of all entries of a request together: 1 MB since 2026-01-29, of which we leave a little. An
 * event of more than 256 kB costs as much as five, and no target but Lambda and SQS takes it.
 */
export const requestBytesMax = 1_000_000;

/** Bytes that EventBridge counts for `Time`. */
const timeBytes = 14;

/**
 * The size of an entry as EventBridge counts it: UTF-8 bytes; the bus name and the trace header are
 * free.
 */
export const entryBytes = ({ Source, DetailType, Detail }: PutEventsEntry): number =>
  timeBytes + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);

/**
 * The entry that carries an envelope: all of it is the detail, so that it survives every hop
 * unchanged.
 */
export const entryOf = (event: EventEnvelope, busName: string): PutEventsEntry => ({
  EventBusName: busName,
  Source: event.source,
  DetailType: event.type,
  Detail: JSON.stringify(event),
  Time: new Date(event.time),
});

/**
 * Packs entries into as few requests as fit, keeping their order.
 *
 * @returns the indices of each request's entries; an entry that is too large for any request is in
 * none
 */
export const packEntries = (entries: readonly PutEventsEntry[]): readonly (readonly number[])[] => {
  const requests: number[][] = [];
  let current: number[] = [];
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    const size = entryBytes(entry);
    if (size > requestBytesMax) continue;
    if (current.length === entriesMax || bytes + size > requestBytesMax) {
      requests.push(current);
      current = [];
      bytes = 0;
    }
    current.push(index);
    bytes += size;
  }
  if (current.length > 0) requests.push(current);
  return requests;
};
