import type { EventEnvelope, EventPublisher } from 'antipode/domain';
import { isEnvelope, outboxShardCount } from 'antipode/internal/domain';
import type { OutboxInspection, PublishedRow } from 'antipode/internal/dsql';
import { chunksOf } from '../service/chunks.ts';
import { publishMsMax } from '../service/publisher.ts';
import { isoTime } from '../service/tables.ts';

/** Entries of a request of `PutEvents`. */
const chunkSize = 10;

/** Attempts of one event; the person may run the command again. */
const attemptsMax = 3;

/** The numbers of one run. */
export type RepublishReport = {
  readonly found: number;
  readonly published: number;
  /** Events that the bus did not take, each with the last reason. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
};

const allShards = Array.from({ length: outboxShardCount }, (_, shard) => shard);

const envelopeOf = ({ envelope }: PublishedRow): EventEnvelope | undefined => {
  try {
    const wire: unknown = JSON.parse(envelope);
    return isEnvelope(wire) ? wire : undefined;
  } catch {
    return undefined;
  }
};

/** The rows in pages, of one part of the outbox after the other. */
async function* pagesOf(
  { publishedSince }: Pick<OutboxInspection, 'publishedSince'>,
  origin: string,
  since: Date,
): AsyncGenerator<readonly PublishedRow[]> {
  for (const shard of allShards) yield* publishedSince(shard, origin, since);
}

/** Counts the rows that {@link republish} would publish, by the type of their events. */
export const countPublished = async (
  inspection: Pick<OutboxInspection, 'publishedSince'>,
  { origin, since }: { readonly origin: string; readonly since: Date },
): Promise<ReadonlyMap<string, number>> => {
  const byType = new Map<string, number>();
  for await (const rows of pagesOf(inspection, origin, since)) {
    for (const row of rows) {
      const type = envelopeOf(row)?.type ?? '?';
      byType.set(type, (byType.get(type) ?? 0) + 1);
    }
  }
  return byType;
};

/** Events that are looked at for their Regions. */
const sampleMax = 1_000;

/** The published events that the outbox still has, as far as a person needs to know them. */
export type PublishedRange = {
  /** The Regions that have committed the oldest of them. */
  readonly origins: readonly string[];
  /** When the oldest was published. Milliseconds since the epoch. */
  readonly oldestAt: number | undefined;
};

/** Looks at the oldest published events: those that were published earlier are deleted. */
export const publishedRange = async ({
  oldest,
}: Pick<OutboxInspection, 'oldest'>): Promise<PublishedRange> => {
  const rows = await oldest('published', sampleMax);
  const times = rows.flatMap(({ publishedAt }) => publishedAt ?? []);
  return {
    origins: [...new Set(rows.map(({ origin }) => origin))].toSorted(),
    oldestAt: times.length === 0 ? undefined : Math.min(...times),
  };
};

/** The warnings about a choice of events, in a line each. */
export const republishWarnings = (
  { origin, since }: { readonly origin: string; readonly since: Date },
  region: string,
  { oldestAt }: PublishedRange,
): readonly string[] => [
  ...(origin === region
    ? [
        `${origin} is the Region of this stack: this also publishes what its own bus has taken already`,
      ]
    : []),
  ...(oldestAt !== undefined && since.getTime() < oldestAt
    ? [
        `the oldest published event of the outbox is of ${isoTime(oldestAt)}: if there were earlier ones, they are deleted, and republish does not reach them`,
      ]
    : []),
];

/** The line for a choice that no event meets. */
export const noneFound = (origin: string, { origins }: PublishedRange): string =>
  `no event of ${origin} was published since then: the oldest published events are of ${origins.join(' and ') || 'no Region'}`;

/** Publishes; what failed in a way that may pass is tried again. */
const publishAll = async (
  publisher: EventPublisher,
  events: readonly EventEnvelope[],
): Promise<RepublishReport['failed']> => {
  let failed: readonly { readonly event: EventEnvelope; readonly reason: string }[] = [];
  let open = events;
  for (let attempt = 1; attempt <= attemptsMax && open.length > 0; attempt += 1) {
    const results = await publisher.publish(open, Date.now() + publishMsMax);
    const outcomes = open.map((event, index) => {
      const result = results[index] ?? { ok: false, retryable: true, reason: 'no result' };
      return { event, result };
    });
    const last = attempt === attemptsMax;
    const ended = outcomes.flatMap(({ event, result }) =>
      result.ok || (result.retryable && !last) ? [] : [{ event, reason: result.reason }],
    );
    failed = [...failed, ...ended];
    open = outcomes.flatMap(({ event, result }) =>
      !result.ok && result.retryable && !last ? [event] : [],
    );
  }
  return failed.map(({ event, reason }) => ({ id: event.id, reason }));
};

/**
 * Publishes again, on the bus of a surviving Region, what another Region has published since a
 * time. Rows stay as they are: the command may run again, and an event that was handled before has
 * no second effect.
 */
export const republish = async (deps: {
  readonly inspection: Pick<OutboxInspection, 'publishedSince'>;
  readonly publisher: EventPublisher;
  readonly origin: string;
  readonly since: Date;
  /** Waits until so many more events may be published. */
  readonly pace: (events: number) => Promise<void>;
  readonly onProgress: (published: number) => void;
}): Promise<RepublishReport> => {
  const { inspection, publisher, origin, since, pace, onProgress } = deps;
  let found = 0;
  let published = 0;
  const failed: RepublishReport['failed'][number][] = [];
  for await (const rows of pagesOf(inspection, origin, since)) {
    found += rows.length;
    const events = rows.flatMap((row) => {
      const event = envelopeOf(row);
      if (!event) failed.push({ id: row.id, reason: 'the row holds no envelope' });
      return event ?? [];
    });
    for (const chunk of chunksOf(events, chunkSize)) {
      await pace(chunk.length);
      const unsent = await publishAll(publisher, chunk);
      failed.push(...unsent);
      published += chunk.length - unsent.length;
    }
    onProgress(published);
  }
  return { found, published, failed };
};
