import { describe, expect, it } from 'vitest';
import { entryStream } from '../../../../../packages/cli/src/local/console/entry-stream.ts';
import {
  createRecorder,
  type NewEntry,
  payloadCharsMax,
} from '../../../../../packages/cli/src/local/console/recorder.ts';

const entry = (changes: Partial<NewEntry> = {}): NewEntry => ({
  ...{ region: 'us-east-1', kind: 'published', outcome: 'ok' },
  ...changes,
});

const recorderOf = (count: number, options: { entriesMax?: number; charsMax?: number } = {}) => {
  const recorder = createRecorder({ now: () => 5, ...options });
  for (let at = 0; at < count; at += 1) recorder.add(entry({ type: `T${at + 1}` }));
  return recorder;
};

const typesAfter = (recorder: ReturnType<typeof recorderOf>, seq: number, entriesMax = 100) =>
  recorder.after(seq, entriesMax).map(({ type }) => type);

describe('the recorder', () => {
  it('numbers entries from 1 and tells their time', () => {
    const recorder = recorderOf(2);
    expect(recorder.after(0, 10)).toEqual([
      { ...entry({ type: 'T1' }), seq: 1, at: 5 },
      { ...entry({ type: 'T2' }), seq: 2, at: 5 },
    ]);
    expect([recorder.first(), recorder.last()]).toEqual([1, 2]);
  });

  it('keeps the last entries of a ring that is full', () => {
    const recorder = recorderOf(7, { entriesMax: 3 });
    expect(typesAfter(recorder, 0)).toEqual(['T5', 'T6', 'T7']);
    expect(recorder.get(4)).toBeUndefined();
    expect(recorder.get(5)).toMatchObject({ type: 'T5' });
    expect(recorder.first()).toBe(5);
  });

  it('gives a page at a time', () => {
    const recorder = recorderOf(7);
    expect(typesAfter(recorder, 2, 3)).toEqual(['T3', 'T4', 'T5']);
    expect(typesAfter(recorder, 7)).toEqual([]);
  });

  it('cuts a payload that nobody reads, and says how long it was', () => {
    const recorder = createRecorder({ now: () => 0 });
    recorder.add(entry({ payload: 'x'.repeat(payloadCharsMax + 1) }));
    const { payload = '' } = recorder.get(1) ?? {};
    expect(payload.slice(payloadCharsMax)).toBe(`… (${payloadCharsMax + 1} characters in all)`);
  });

  it('drops the oldest entries when all payloads are too long together', () => {
    const recorder = createRecorder({ now: () => 0, charsMax: 250 });
    for (let at = 0; at < 4; at += 1) recorder.add(entry({ payload: 'x'.repeat(100) }));
    expect([recorder.first(), recorder.last()]).toEqual([3, 4]);
  });
});

/** Reads the first messages of a stream, each as its event and its data. */
const read = async (stream: ReturnType<typeof entryStream>, count: number) => {
  const found: { readonly id: string; readonly event: string; readonly data: unknown }[] = [];
  for await (const chunk of stream) {
    const field = (name: string) =>
      new RegExp(`^${name}: (.*)$`, 'm').exec(String(chunk))?.[1] ?? '';
    found.push({ id: field('id'), event: field('event'), data: JSON.parse(field('data')) });
    if (found.length === count) break;
  }
  return found;
};

describe('the stream of entries', () => {
  it('begins with the oldest entry for a client that knows none', async () => {
    const recorder = recorderOf(2);
    const [begin, entries] = await read(entryStream(recorder, undefined), 2);
    expect(begin).toEqual({
      id: `${recorder.run}:0`,
      event: 'begin',
      data: { run: recorder.run, resumed: false },
    });
    expect(entries).toMatchObject({
      id: `${recorder.run}:2`,
      event: 'entries',
      data: { last: 2, entries: [{ seq: 1 }, { seq: 2 }] },
    });
  });

  it('goes on behind the last entry that a client has', async () => {
    const recorder = recorderOf(3);
    const [begin, entries] = await read(entryStream(recorder, `${recorder.run}:2`), 2);
    expect(begin).toMatchObject({ data: { resumed: true } });
    expect(entries).toMatchObject({ data: { entries: [{ seq: 3 }] } });
  });

  it.each([
    ['of another run', () => 'other:2'],
    ['that is no longer kept', (run: string) => `${run}:1`],
    ['that is no number', (run: string) => `${run}:x`],
    ['that is not there yet', (run: string) => `${run}:99`],
  ])('begins anew for a client with an entry %s', async (_, idOf) => {
    const recorder = recorderOf(5, { entriesMax: 3 });
    const [begin, entries] = await read(entryStream(recorder, idOf(recorder.run)), 2);
    expect(begin).toMatchObject({ data: { resumed: false } });
    expect(entries).toMatchObject({ data: { entries: [{ seq: 3 }, { seq: 4 }, { seq: 5 }] } });
  });

  it('waits for the next entry', async () => {
    const recorder = recorderOf(1);
    const stream = entryStream(recorder, `${recorder.run}:1`);
    const reading = read(stream, 2);
    recorder.add(entry({ type: 'late' }));
    expect(await reading).toMatchObject([
      { event: 'begin' },
      { data: { entries: [{ type: 'late' }] } },
    ]);
  });

  it('leaves payloads out: a page asks for those that a person looks at', async () => {
    const recorder = createRecorder({ now: () => 0 });
    recorder.add(entry({ payload: '{"secret":1}', answer: '{}' }));
    const [, entries] = await read(entryStream(recorder, undefined), 2);
    expect(JSON.stringify(entries)).not.toContain('secret');
  });
});
