import type { EventEnvelope, PublishResult } from '../../../src/domain/kernel/index.ts';
import { type PlantedBug, rewriting } from './planted-bug.ts';

/** A row of the outbox in memory, as far as a mistake changes it. */
type Row = { readonly dueAt: number; readonly published: boolean; readonly attempts: number };

/** Mistakes about the outbox, the relay and the bus. */
export const outboxBugs: readonly PlantedBug[] = [
  {
    name: 'events are published before COMMIT',
    plant: () => ({
      unitOfWork: (real, { bus }) => ({
        execute: (work) =>
          real.execute({
            ...work,
            envelop: (event) => {
              const envelope = work.envelop(event);
              if (event.notBefore === undefined) void bus.publish([envelope], work.deadline);
              return envelope;
            },
          }),
      }),
    }),
  },
  {
    name: 'a relay marks its events before it publishes them',
    plant: () => ({
      outbox: (real) => ({
        ...real,
        claim: async (claim) => {
          const claimed = await real.claim(claim);
          const ids = claimed.map(({ event }) => event.id);
          await real.settle(claim.owner, ids, []);
          return claimed;
        },
      }),
    }),
  },
  {
    name: 'an entry that has failed is taken for sent',
    plant: () => ({
      publisher: (real) => ({
        publish: async (events, deadline) => {
          await real.publish(events, deadline);
          return events.map((): PublishResult => ({ ok: true }));
        },
      }),
    }),
  },
  { name: 'no relay runs', plant: () => ({ shards: () => [] }) },
  {
    name: 'no relay has the odd parts of the outbox',
    plant: () => ({ shards: (shards) => shards.filter((shard) => shard % 2 === 0) }),
  },
  {
    name: 'no Region takes over',
    plant: () => ({ takeoverAgeMs: () => Number.POSITIVE_INFINITY }),
  },
  {
    name: 'an event is dead after three attempts',
    plant: () => {
      const attempts = new Map<string, number>();
      return {
        outbox: (real) => ({
          ...real,
          claim: async (claim) => {
            const claimed = await real.claim(claim);
            for (const one of claimed) attempts.set(one.event.id, one.attempts);
            return claimed;
          },
          settle: (owner, published, failed) =>
            real.settle(
              owner,
              published,
              failed.map(({ retryInMs, ...failure }) => ({
                ...failure,
                retryInMs: (attempts.get(failure.eventId) ?? 0) >= 3 ? undefined : retryInMs,
              })),
            ),
        }),
      };
    },
    seedsMax: 300,
  },
  {
    name: 'the claim of a dead relay never ends',
    plant: () => ({
      outbox: (real) => ({
        ...real,
        claim: (claim) => real.claim({ ...claim, leaseMs: Number.POSITIVE_INFINITY }),
      }),
    }),
    seedsMax: 150,
  },
  {
    name: 'published events are deleted before the replay window ends',
    plant: () => ({ times: (times) => ({ ...times, outboxReplayWindowMs: 1_000 }) }),
    seedsMax: 80,
  },
  {
    name: 'the inbox forgets an event before the archive does',
    plant: () => ({ times: (times) => ({ ...times, inboxRetentionMs: 5_000 }) }),
    seedsMax: 80,
  },
  {
    name: 'a scheduled event is published at once',
    plant: () => ({
      rows: rewriting((writes) =>
        writes.map((write) => {
          const row = write.value as Row;
          const isScheduled = write.table === 'outbox' && !row.published && row.attempts === 0;
          return isScheduled ? { ...write, value: { ...row, dueAt: 0 } } : write;
        }),
      ),
    }),
  },
  {
    name: 'the other Region publishes an event under another id',
    plant: () => ({
      publisher: (real, { region, ids }) => ({
        publish: (events, deadline) =>
          real.publish(
            events.map(
              (event): EventEnvelope =>
                event.originregion === region ? event : { ...event, id: ids.uuid() },
            ),
            deadline,
          ),
      }),
    }),
    seedsMax: 80,
  },
  {
    name: 'the rule between the Regions is not there',
    plant: () => ({ crosses: () => () => false }),
  },
  {
    name: 'a Region does not handle what it has taken over',
    plant: () => ({
      rules: (rules) =>
        rules.map((rule) => ({
          ...rule,
          matches: (event) =>
            rule.matches(event) &&
            (event.region !== rule.region || event.envelope.originregion === rule.region),
        })),
    }),
    seedsMax: 80,
  },
];
