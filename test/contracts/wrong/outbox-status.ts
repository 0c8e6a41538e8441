import type { EventEnvelope, Outbox, OutboxStatus } from '../../../src/domain/kernel/index.ts';
import { outboxCountPerShardMax } from '../../../src/domain/kernel/outbox/outbox.ts';
import {
  counted,
  type OutboxSubject,
  origins,
} from '../../../src/testing/contracts/outbox/outbox-subject.ts';
import type { Wrong } from '../suite.ts';
import { type Seen, wrong } from './watched-outbox.ts';

/** Changes what is said of the outbox. */
const misreports = (
  right: OutboxSubject & { readonly seen: Seen },
  change: (status: OutboxStatus) => Partial<OutboxStatus>,
): Pick<Outbox, 'status'> => ({
  status: async () => {
    const status = await right.outbox.status();
    return { ...status, ...change(status) };
  },
});

/** The largest age of these events that have not been published. */
const ageOf = (
  { now, seen }: OutboxSubject & { readonly seen: Seen },
  isCounted: (event: EventEnvelope) => boolean,
): number => {
  const events = seen.events.filter((event) => !seen.published.has(event.id) && isCounted(event));
  return Math.max(...events.map(({ time }) => now() - Date.parse(time)));
};

const limit = 'counts each part up to a limit, and says when there is more';

export const wrongStatus: readonly Wrong<OutboxSubject>[] = [
  wrong(
    'counts dead rows as pending',
    'settles published and failed rows of one claim together',
    (right) => misreports(right, ({ dead: pending }) => ({ pending })),
  ),
  wrong(
    'counts published rows',
    'never gives out again what the command has published itself',
    (right) => misreports(right, () => ({ pending: counted(right.seen.events.length) })),
  ),
  wrong('counts no dead rows', 'keeps a dead row until a person redrives it', (right) =>
    misreports(right, () => ({ dead: counted(0) })),
  ),
  wrong(
    'counts the age of dead rows',
    'forgets the age of rows that are published or dead',
    (right) => misreports(right, () => ({ oldestAgeMs: ageOf(right, () => true) })),
  ),
  wrong(
    'forgets the age of rows that wait for their next attempt',
    'says how old its oldest row is, whichever Region wrote it and though it waits for its next attempt',
    (right) =>
      misreports(right, ({ oldestAgeMs }) => ({
        oldestAgeMs: right.seen.retried.size > 0 ? 0 : oldestAgeMs,
      })),
  ),
  ...origins.map((one, index) => {
    const younger = origins[1 - index] ?? '';
    return wrong(
      `forgets the age of rows of ${one}`,
      `says how old the first row of ${one} is beside a younger one of ${younger}`,
      (right) =>
        misreports(right, () => ({
          oldestAgeMs: ageOf(right, ({ originregion }) => originregion === younger),
        })),
    );
  }),
  wrong(
    'says an age below nothing',
    'says no age below nothing, though the clocks of two Regions differ',
    (right) => misreports(right, () => ({ oldestAgeMs: ageOf(right, () => true) })),
  ),
  wrong('counts without a limit', limit, (right) =>
    misreports(right, () => ({ pending: counted(right.seen.events.length) })),
  ),
  wrong('says that there is more where there is not', limit, (right) =>
    misreports(right, ({ pending: { count } }) => ({
      pending: { count, orMore: count >= outboxCountPerShardMax },
    })),
  ),
];
