import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsoleEntry, EntrySummary } from './page/entry.ts';
import type { Recorder } from './recorder.ts';

/** Entries of one message: a page draws between two of them. */
const batchMax = 500;

/** How long a page waits for new entries, and how often it is told that the stack lives. */
const pollMs = 100;
const beatMs = 15_000;

/** How soon a browser connects again. */
const retryMs = 1_000;

const summaryOf = ({ payload: _, answer: __, ...summary }: ConsoleEntry): EntrySummary => summary;

/** `<run>:<sequence number>`, which the browser gives back when it connects again. */
const idOf = (run: string, seq: number): string => `${run}:${seq}`;

/** The sequence number after which a page goes on; 0 for one that knows nothing of this run. */
const positionOf = ({ run, last }: Recorder, lastEventId: string | undefined): number => {
  const [given, text = ''] = (lastEventId ?? '').split(':');
  const seq = Number(text);
  const isKnown = given === run && /^\d{1,15}$/.test(text) && seq <= last();
  return isKnown ? seq : 0;
};

const message = (run: string, seq: number, event: string, data: unknown): string =>
  `id: ${idOf(run, seq)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Goes on until the stream is destroyed, which ends it at its next message or wait. */
async function* messages(recorder: Recorder, lastEventId: string | undefined) {
  const { run, first, last, after } = recorder;
  const known = positionOf(recorder, lastEventId);
  const resumed = known > 0 && known >= first() - 1;
  let position = resumed ? known : 0;
  let beatAt = Date.now() + beatMs;
  yield `retry: ${retryMs}\n${message(run, position, 'begin', { run, resumed })}`;
  for (;;) {
    const entries = after(position, batchMax);
    const end = entries.at(-1);
    if (end) {
      position = end.seq;
      yield message(run, position, 'entries', { entries: entries.map(summaryOf), last: last() });
      continue;
    }
    if (Date.now() >= beatAt) {
      beatAt = Date.now() + beatMs;
      yield ': alive\n\n';
    }
    await delay(pollMs);
  }
}

/**
 * The entries as server-sent events, from the place where the client has stopped listening. The
 * first message, `begin`, says whether that place is still known: a client that knows entries of
 * another run, or has missed some, forgets the ones it has. Nothing piles up for a client that
 * reads slowly: it gets the entries that are kept when it reads on.
 *
 * @param lastEventId the header `Last-Event-ID`
 */
export const entryStream = (recorder: Recorder, lastEventId: string | undefined): Readable =>
  Readable.from(messages(recorder, lastEventId));
