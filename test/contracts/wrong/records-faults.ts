import type {
  CommandRecords,
  IdempotencyStore,
  Json,
  KnownCommand,
  Once,
  Outcome,
  Work,
} from '../../../src/domain/kernel/index.ts';
import {
  type CommandRecordsSide,
  type CommandRecordsSubject,
  recordRetentionMs,
} from '../../../src/testing/contracts/idempotency/command-records.ts';
import type { CounterQuery, CounterState } from '../../support/counter.ts';
import type { Wrong } from '../suite.ts';

type Subject = CommandRecordsSubject;
type CounterWork<Result extends Json> = Work<CounterQuery, CounterState, Result>;
type Execute = CommandRecordsSide['unitOfWork']['execute'];
type Find = CommandRecords['find'];

/** The parts of the subject that a fault may read beside the one that it changes. */
type Around = { readonly subject: Subject; readonly now: () => number };

/**
 * A fault of both sides of a service; it keeps what it knows in the closure that makes the changes.
 */
type Fault = (
  around: Around,
) => (right: CommandRecordsSide) => { readonly execute?: Execute; readonly find?: Find };

export const wrong = (fault: string, caughtBy: string, make: Fault): Wrong<Subject> => ({
  fault,
  caughtBy,
  apply: (subject) => {
    let now = 0;
    const changesOf = make({ subject, now: () => now });
    const over = (right: CommandRecordsSide): CommandRecordsSide => {
      const { execute = right.unitOfWork.execute, find = right.records.find } = changesOf(right);
      return { records: { find }, unitOfWork: { execute } };
    };
    return {
      ...subject,
      ...over(subject),
      other: over(subject.other),
      advance: (ms) => {
        now += ms;
        return subject.advance(ms);
      },
    };
  },
});

export const nameOf = (once: Once): string => JSON.stringify(once);

export const renewed = (once: Once): Once => {
  const fresh = crypto.randomUUID();
  return once.kind === 'command' ? { ...once, key: fresh } : { ...once, eventId: fresh };
};

export const readsOf = (work: { readonly load?: unknown }): boolean =>
  work.load !== undefined && work.load !== null;

/** Executes work under another name. */
export const under = <Result extends Json>(
  work: CounterWork<Result>,
  once: Once,
): CounterWork<Result> => ({
  ...work,
  once,
});

/** Changes the name under which work is known, and a command is looked for. */
export const naming = (
  fault: string,
  caughtBy: string,
  change: (once: Once) => Once,
): Wrong<Subject> =>
  wrong(fault, caughtBy, () => (right) => ({
    execute: (work) => right.unitOfWork.execute(under(work, change(work.once))),
    find: (once, deadline) => right.records.find(change(once) as typeof once, deadline),
  }));

export const keying = (fault: string, caughtBy: string, change: (key: string) => string) =>
  naming(fault, caughtBy, (once) =>
    once.kind === 'command' ? { ...once, key: change(once.key) } : once,
  );

export const eventing = (
  fault: string,
  caughtBy: string,
  change: (once: Extract<Once, { readonly kind: 'event' }>) => Once,
) => naming(fault, caughtBy, (once) => (once.kind === 'event' ? change(once) : once));

/** Runs work again that has committed before, as if its record were not there. */
export const twice = (
  fault: string,
  caughtBy: string,
  concerns: (work: { readonly once: Once; readonly load?: unknown }) => boolean,
): Wrong<Subject> =>
  wrong(fault, caughtBy, () => {
    const seen = new Set<string>();
    return (right) => ({
      execute: async (work) => {
        const isAgain = concerns(work) && seen.has(nameOf(work.once));
        const outcome = await right.unitOfWork.execute(
          isAgain ? under(work, renewed(work.once)) : work,
        );
        if (outcome.status === 'committed') seen.add(nameOf(work.once));
        return outcome;
      },
    });
  });

/** Runs work again that has begun and not ended, as if nothing met at its record. */
export const twiceAtOnce = (
  fault: string,
  caughtBy: string,
  concerns: (work: { readonly once: Once; readonly load?: unknown }) => boolean,
): Wrong<Subject> =>
  wrong(fault, caughtBy, () => {
    const begun = new Set<string>();
    return (right) => ({
      execute: async (work) => {
        const name = nameOf(work.once);
        const isSecond = concerns(work) && begun.has(name);
        begun.add(name);
        try {
          return await right.unitOfWork.execute(isSecond ? under(work, renewed(work.once)) : work);
        } finally {
          begun.delete(name);
        }
      },
    });
  });

export const finding = (
  fault: string,
  caughtBy: string,
  change: (known: KnownCommand | undefined) => KnownCommand | undefined,
): Wrong<Subject> =>
  wrong(fault, caughtBy, () => (right) => ({
    find: async (once, deadline) => change(await right.records.find(once, deadline)),
  }));

export const answering = (
  fault: string,
  caughtBy: string,
  change: <Result extends Json>(
    outcome: Outcome<Result>,
    work: CounterWork<Result>,
  ) => Outcome<Result>,
): Wrong<Subject> =>
  wrong(fault, caughtBy, () => (right) => ({
    execute: async (work) => change(await right.unitOfWork.execute(work), work),
  }));

export const leasing = (
  fault: string,
  caughtBy: string,
  changesOf: (right: Subject) => Partial<IdempotencyStore>,
): Wrong<Subject> => ({
  fault,
  caughtBy,
  apply: (right) => ({ ...right, store: { ...right.store, ...changesOf(right) } }),
});

export const cleaning = (
  fault: string,
  caughtBy: string,
  purge: (right: Subject) => Promise<void>,
): Wrong<Subject> => ({
  fault,
  caughtBy,
  apply: (right) => ({ ...right, purge: () => purge(right) }),
});

/** Cleans up as if so much more time had passed. */
const purgedLater = async (right: Subject, ms: number): Promise<void> => {
  await right.advance(ms);
  await right.purge();
  await right.advance(-ms);
};

const hourMs = 3_600_000;

/** The faults of what is kept too long or not long enough, by the titles that notice them. */
export const wrongRetentions = (retention: string, expired: string): readonly Wrong<Subject>[] => [
  cleaning('a record is deleted too early', retention, (right) => purgedLater(right, hourMs)),
  cleaning('a record is kept too long', retention, (right) => purgedLater(right, -hourMs)),
  cleaning('no record is ever deleted', retention, async () => undefined),
  wrong('a replay prolongs the retention', retention, ({ now }) => {
    const kept = new Map<string, { readonly until: number; readonly outcome: Outcome<never> }>();
    return (right) => ({
      execute: async (work) => {
        const name = nameOf(work.once);
        const { until = 0, outcome: before } = kept.get(name) ?? {};
        if (before && now() < until) return before;
        const outcome = await right.unitOfWork.execute(work);
        if (outcome.status === 'replayed') {
          kept.set(name, { until: now() + recordRetentionMs, outcome: outcome as Outcome<never> });
        }
        return outcome;
      },
    });
  }),
  wrong(
    'work takes effect again after its retention, though its record is there',
    expired,
    ({ now }) => {
      const ends = new Map<string, number>();
      return (right) => ({
        execute: async (work) => {
          const name = nameOf(work.once);
          const isOver = now() >= (ends.get(name) ?? Number.POSITIVE_INFINITY);
          const outcome = await right.unitOfWork.execute(
            isOver ? under(work, renewed(work.once)) : work,
          );
          if (outcome.status === 'committed') ends.set(name, now() + recordRetentionMs);
          return outcome;
        },
      });
    },
  ),
];
