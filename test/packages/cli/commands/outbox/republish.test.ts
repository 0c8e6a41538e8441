import { describe, expect, it } from 'vitest';
import { republish } from '../../../../../packages/cli/src/commands/outbox/republish.ts';
import type { PublishResult } from '../../../../../src/domain/kernel/index.ts';
import { anEvent } from '../../../../support/counter.ts';

const rowOf = (event: ReturnType<typeof anEvent>) => ({
  id: event.id,
  envelope: JSON.stringify(event),
});

/** Publishes again what each part of the outbox has, in pages. */
const run = async (
  parts: readonly (readonly (readonly { readonly id: string; readonly envelope: string }[])[])[],
  publish: (id: string, attempt: number) => PublishResult = () => ({ ok: true }),
) => {
  const attempts = new Map<string, number>();
  const chunks: number[] = [];
  const paces: number[] = [];
  const progress: number[] = [];
  const report = await republish({
    inspection: {
      publishedSince: async function* (shard) {
        yield* parts[shard] ?? [];
      },
    },
    publisher: {
      publish: async (events) => {
        chunks.push(events.length);
        return events.map(({ id }) => {
          const attempt = (attempts.get(id) ?? 0) + 1;
          attempts.set(id, attempt);
          return publish(id, attempt);
        });
      },
    },
    origin: 'us-east-1',
    since: new Date(0),
    pace: async (events) => void paces.push(events),
    onProgress: (published) => void progress.push(published),
  });
  return { report, attempts, chunks, paces, progress };
};

const events = (count: number) => Array.from({ length: count }, () => rowOf(anEvent()));

describe('republishing', () => {
  it('publishes every row of every part, ten in a request, at the given pace', async () => {
    const { report, chunks, paces, progress } = await run([
      [events(25)],
      [],
      [events(10), events(1)],
    ]);
    expect(report).toEqual({ found: 36, published: 36, failed: [] });
    expect(chunks).toEqual([10, 10, 5, 10, 1]);
    expect(paces).toEqual(chunks);
    expect(progress).toEqual([25, 35, 36]);
  });

  it('tries again what may pass, up to three times', async () => {
    const [one, two] = events(2);
    if (!one || !two) throw new Error('there are two');
    const busy = { ok: false, retryable: true, reason: 'ThrottlingException' } as const;
    const { report, attempts } = await run([[[one, two]]], (id, attempt) =>
      id === one.id && attempt < 3 ? busy : { ok: true },
    );
    expect(report).toEqual({ found: 2, published: 2, failed: [] });
    expect([...attempts.values()]).toEqual([3, 1]);
    const never = await run([[[one, two]]], (id) => (id === one.id ? busy : { ok: true }));
    expect(never.report).toEqual({
      ...{ found: 2, published: 1 },
      failed: [{ id: one.id, reason: 'ThrottlingException' }],
    });
  });

  it('reports what can never pass after one attempt', async () => {
    const [one] = events(1);
    if (!one) throw new Error('there is one');
    const refused = { ok: false, retryable: false, reason: 'MalformedDetail' } as const;
    const { report, attempts } = await run([[[one]]], () => refused);
    expect(report.failed).toEqual([{ id: one.id, reason: 'MalformedDetail' }]);
    expect([...attempts.values()]).toEqual([1]);
  });

  it.each(['no JSON', '{"id":"x"}'])('reports a row that holds %j', async (envelope) => {
    const { report } = await run([[[{ id: 'x', envelope }]]]);
    expect(report).toEqual({
      ...{ found: 1, published: 0 },
      failed: [{ id: 'x', reason: 'the row holds no envelope' }],
    });
  });
});
