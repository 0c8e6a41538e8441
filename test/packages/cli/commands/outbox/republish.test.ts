import { describe, expect, it } from 'vitest';
import { outboxOptions } from '../../../../../packages/cli/src/commands/outbox/options.ts';
import {
  noneFound,
  publishedRange,
  republish,
  republishWarnings,
} from '../../../../../packages/cli/src/commands/outbox/republish.ts';
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

describe('the choice of what is republished', () => {
  const hour = (at: number) => Date.UTC(2026, 10, 23, at);
  const row = (origin: string, at: number | undefined) => ({
    ...{ id: 'a', envelope: '', origin, occurredAt: 0, dueAt: 0, attempts: 1 },
    ...{ publishedAt: at, deadAt: undefined, lastError: undefined },
  });
  const rows = [row('us-west-2', hour(9)), row('us-east-1', hour(8)), row('us-west-2', hour(10))];
  const range = { origins: ['us-east-1', 'us-west-2'], oldestAt: hour(8) };

  it('is compared with the oldest events that the outbox has', async () => {
    expect(await publishedRange({ oldest: async () => rows })).toEqual(range);
    const none = { origins: [], oldestAt: undefined };
    expect(await publishedRange({ oldest: async () => [] })).toEqual(none);
    expect(republishWarnings({ origin: 'a', since: new Date(0) }, 'b', none)).toEqual([]);
  });

  it('may be events of the surviving Region, with a warning', () => {
    const choice = { origin: 'us-west-2', since: new Date(hour(8)) };
    expect(republishWarnings(choice, 'us-east-1', range)).toEqual([]);
    expect(republishWarnings(choice, 'us-west-2', range)).toEqual([
      'us-west-2 is the Region of this stack: this also publishes what its own bus has taken already',
    ]);
  });

  it.each(['us-east-1', 'us-west-2', 'us-gov-west-1'])('may name the Region %s', (origin) => {
    const args = ['republish', '--origin', origin, '--region', 'us-west-2', '--since', '2h'];
    expect(outboxOptions(args, {}, 0)?.command).toMatchObject({ origin });
  });

  it.each(['us-esat', 'us-east-', 'US-EAST-1', 'lost'])('refuses %s, which is no Region', (one) => {
    expect(() => outboxOptions(['republish', '--origin', one, '--since', '2h'], {}, 0)).toThrow(
      `--origin ${one} is no Region: give a name such as us-east-1`,
    );
  });

  it('may begin before the oldest event, with a warning', () => {
    const choice = { origin: 'us-west-2', since: new Date(hour(8) - 1) };
    expect(republishWarnings(choice, 'us-east-1', range)).toEqual([
      expect.stringMatching(/^the oldest published event .* is of 2026-11-23T08:00:00.000Z: /),
    ]);
  });

  it('names the Regions that there are where it meets no event', () => {
    expect(noneFound('us-east-2', range)).toBe(
      'no event of us-east-2 was published since then: the oldest published events are of us-east-1 and us-west-2',
    );
  });
});
