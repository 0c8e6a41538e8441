import type { OutboxFailure } from '../../../src/domain/kernel/index.ts';
import type { Substitutions } from '../../../src/testing/simulation/index.ts';
import type { PlantedBug } from './planted-bug.ts';

/** Shorter than it takes to publish and to mark. Milliseconds. */
const shortLeaseMs = 5;

/** Each copy is copied back so often, so that a seed ends. */
const copiesMax = 3;

/** A report that is so late finds that the lease of its claim is over. Milliseconds. */
const lateMs = 60_000;

/**
 * Reports of events that could not be sent arrive late, behind the claims of others. The fence
 * makes this harmless: nobody else has the name of an earlier owner.
 *
 * @param ownerOf the name that the outbox gets for an owner; the same for all means no fence
 */
export const lateReports = (ownerOf: (owner: string) => string): Substitutions => {
  let waiting: { owner: string; failures: readonly OutboxFailure[]; at: number }[] = [];
  return {
    outbox: (real, { clock }) => ({
      ...real,
      claim: (claim) => real.claim({ ...claim, owner: ownerOf(claim.owner) }),
      settle: async (owner, published, failures) => {
        const now = clock.now();
        await real.settle(ownerOf(owner), published, []);
        const late = waiting.filter(({ at }) => at < now - lateMs);
        waiting = waiting.filter((one) => !late.includes(one));
        if (failures.length > 0) waiting.push({ owner: ownerOf(owner), failures, at: now });
        for (const one of late) await real.settle(one.owner, [], one.failures);
      },
    }),
  };
};

/** Mistakes that cost duplicates alone, which the inbox drops. */
export const duplicateBugs: readonly PlantedBug[] = [
  {
    name: 'the lease of a claim is shorter than a publication',
    plant: () => ({
      outbox: (real) => ({
        ...real,
        claim: (claim) => real.claim({ ...claim, leaseMs: shortLeaseMs }),
      }),
    }),
  },
  {
    name: 'a Region takes over without waiting for the age',
    plant: () => ({ takeoverAgeMs: () => 0 }),
  },
  {
    name: 'a relay does not wait until the command has published',
    plant: () => ({ times: (times) => ({ ...times, outboxGraceMs: 0 }) }),
  },
  {
    name: 'the fence of a claim is not checked',
    plant: () => lateReports(() => 'any'),
  },
  {
    name: 'published events are not marked',
    plant: () => ({
      outbox: (real) => ({ ...real, markPublished: async () => undefined }),
    }),
  },
  {
    name: 'a copy from the other Region is copied back',
    plant: () => {
      const copies = new Map<string, number>();
      return {
        crosses: (crosses) => (event, bus) => {
          const { id, originregion } = event.envelope;
          if (originregion === bus) return crosses(event, bus);
          const count = (copies.get(id) ?? 0) + 1;
          copies.set(id, count);
          return count <= copiesMax && crosses(event, originregion);
        },
      };
    },
  },
  {
    name: 'the replay of an archive crosses to the other Region',
    plant: () => ({
      crosses: (crosses) => (event, bus) => crosses({ ...event, replayName: undefined }, bus),
    }),
  },
  {
    name: 'a redrive gives an event another id, which no inbox knows',
    plant: () => {
      let count = 0;
      return {
        redriven: (text) => {
          count += 1;
          return text.replaceAll(
            /(\\?"id\\?":\\?")[0-9a-f]{8}/g,
            (_, start: string) => `${start}${String(count).padStart(8, '0')}`,
          );
        },
      };
    },
  },
];
