import {
  type CommandRecords,
  Conflict,
  type IdempotencyStore,
  type Json,
  type KnownCommand,
  type Once,
  type Outcome,
  type Work,
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

const wrong = (fault: string, caughtBy: string, make: Fault): Wrong<Subject> => ({
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

const nameOf = (once: Once): string => JSON.stringify(once);

const renewed = (once: Once): Once => {
  const fresh = crypto.randomUUID();
  return once.kind === 'command' ? { ...once, key: fresh } : { ...once, eventId: fresh };
};

const readsOf = (work: { readonly load?: unknown }): boolean =>
  work.load !== undefined && work.load !== null;

/** Executes work under another name. */
const under = <Result extends Json>(
  work: CounterWork<Result>,
  once: Once,
): CounterWork<Result> => ({
  ...work,
  once,
});

/** Changes the name under which work is known, and a command is looked for. */
const naming = (fault: string, caughtBy: string, change: (once: Once) => Once): Wrong<Subject> =>
  wrong(fault, caughtBy, () => (right) => ({
    execute: (work) => right.unitOfWork.execute(under(work, change(work.once))),
    find: (once, deadline) => right.records.find(change(once) as typeof once, deadline),
  }));

const keying = (fault: string, caughtBy: string, change: (key: string) => string) =>
  naming(fault, caughtBy, (once) =>
    once.kind === 'command' ? { ...once, key: change(once.key) } : once,
  );

const eventing = (
  fault: string,
  caughtBy: string,
  change: (once: Extract<Once, { readonly kind: 'event' }>) => Once,
) => naming(fault, caughtBy, (once) => (once.kind === 'event' ? change(once) : once));

/** Runs work again that has committed before, as if its record were not there. */
const twice = (
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
const twiceAtOnce = (
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

const finding = (
  fault: string,
  caughtBy: string,
  change: (known: KnownCommand | undefined) => KnownCommand | undefined,
): Wrong<Subject> =>
  wrong(fault, caughtBy, () => (right) => ({
    find: async (once, deadline) => change(await right.records.find(once, deadline)),
  }));

const answering = (
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

const leasing = (
  fault: string,
  caughtBy: string,
  changesOf: (right: Subject) => Partial<IdempotencyStore>,
): Wrong<Subject> => ({
  fault,
  caughtBy,
  apply: (right) => ({ ...right, store: { ...right.store, ...changesOf(right) } }),
});

const cleaning = (
  fault: string,
  caughtBy: string,
  purge: (right: Subject) => Promise<void>,
): Wrong<Subject> => ({
  fault,
  caughtBy,
  apply: (right) => ({ ...right, purge: () => purge(right) }),
});

const found = 'finds the result of a command that has committed, in either Region';
const exact = 'finds a result exactly, also where JSON changes it';
const content = 'tells a command from another content under its key';
const nothing = 'keeps no record of a command that was refused or has failed';
const blindCommand = 'runs a command without reads once, and answers with the first result';
const command = 'runs a command with reads once, and answers with the first result';
const blindEvent = 'handles an event without reads once for each consumer';
const event = 'handles an event with reads once for each consumer';
const blindCommands = 'takes a command without reads once that comes twenty times at once';
const commands = 'takes a command with reads once that comes twenty times at once';
const blindEvents = 'takes an event without reads once that comes twenty times at once';
const events = 'takes an event with reads once that comes twenty times at once';
const published = 'publishes nothing again of a command that is replayed';
const publishedEvent = 'publishes nothing again of an event that is replayed';
const refusedEvent = 'decides an event anew that was refused';
const keys = 'keeps keys apart, whatever they differ in';
const consumers = 'keeps events and their consumers apart, whatever they differ in';
const kinds = 'keeps commands, events and leases under one key apart';
const leases = 'takes neither a command for a lease of its key, nor a lease for a command';
const eventNames = 'keeps an event and a command of one name apart';
const eventServices = 'keeps the events of services apart';
const services = 'keeps the records of services apart';
const retention = 'keeps a record for thirty days, and no longer once it is cleaned up';
const expired = 'replays work whose retention has ended until it is cleaned up';
const knownEvent = 'knows an event for thirty days, and no longer once it is cleaned up';
const expiredEvent = 'knows an event whose retention has ended until it is cleaned up';

const isCommand = ({ once }: { readonly once: Once }): boolean => once.kind === 'command';

const wrongEffects: readonly Wrong<Subject>[] = [
  twice(
    'a command without reads takes effect again',
    blindCommand,
    (work) => isCommand(work) && !readsOf(work),
  ),
  twice(
    'a command with reads takes effect again',
    command,
    (work) => isCommand(work) && readsOf(work),
  ),
  twiceAtOnce(
    'commands without reads take effect twice at once',
    blindCommands,
    (work) => isCommand(work) && !readsOf(work),
  ),
  twiceAtOnce(
    'commands with reads take effect twice at once',
    commands,
    (work) => isCommand(work) && readsOf(work),
  ),
  wrong('a duplicate fails while the first one is at work', blindCommands, () => {
    const begun = new Set<string>();
    return (right) => ({
      execute: async (work) => {
        const name = nameOf(work.once);
        if (begun.has(name)) throw new Conflict('at work');
        begun.add(name);
        try {
          return await right.unitOfWork.execute(work);
        } finally {
          begun.delete(name);
        }
      },
    });
  }),
  answering('a replay says that it has committed', command, (outcome) =>
    outcome.status === 'replayed' ? { ...outcome, status: 'committed', events: [] } : outcome,
  ),
  answering(
    'a replay is answered with the result of a new decision',
    blindCommand,
    (outcome, work) => {
      if (outcome.status !== 'replayed') return outcome;
      const decision = work.decide({ counters: {} });
      return decision.accepted ? { ...outcome, result: decision.result } : outcome;
    },
  ),
  answering('a replay is answered with nothing', command, (outcome) =>
    outcome.status === 'replayed' ? { ...outcome, result: null as never } : outcome,
  ),
  wrong('a refused command is refused for ever', nothing, () => {
    const refused = new Map<string, Outcome<never>>();
    return (right) => ({
      execute: async (work) => {
        const before = refused.get(nameOf(work.once));
        if (before) return before;
        const outcome = await right.unitOfWork.execute(work);
        if (outcome.status === 'refused') refused.set(nameOf(work.once), outcome);
        return outcome;
      },
    });
  }),
  wrong('a command that has failed takes its key', nothing, () => {
    const failed = new Set<string>();
    return (right) => ({
      execute: async (work) => {
        if (failed.has(nameOf(work.once))) return { status: 'mismatched' };
        try {
          return await right.unitOfWork.execute(work);
        } catch (error) {
          failed.add(nameOf(work.once));
          throw error;
        }
      },
    });
  }),
];

const wrongContents: readonly Wrong<Subject>[] = [
  naming('another content is answered as the first one', content, (once) =>
    once.kind === 'command' ? { ...once, fingerprint: '' } : once,
  ),
  naming('contents that differ in upper and lower case are the same', content, (once) =>
    once.kind === 'command' ? { ...once, fingerprint: once.fingerprint.toLowerCase() } : once,
  ),
  naming('contents that differ in spaces are the same', content, (once) =>
    once.kind === 'command' ? { ...once, fingerprint: once.fingerprint.trim() } : once,
  ),
  wrong('another content with reads takes effect', content, () => (right) => ({
    execute: async (work) => {
      const outcome = await right.unitOfWork.execute(work);
      return outcome.status === 'mismatched' && readsOf(work)
        ? right.unitOfWork.execute(under(work, renewed(work.once)))
        : outcome;
    },
  })),
  wrong('an empty content is the same as any', content, () => (right) => ({
    find: async (once, deadline) => {
      const known = await right.records.find(once, deadline);
      return known && once.fingerprint === ''
        ? { status: 'replayed', result: { value: 5 } }
        : known;
    },
  })),
  finding('another content is not found', content, (known) =>
    known?.status === 'mismatched' ? undefined : known,
  ),
  finding('another content is found as the first one', content, (known) =>
    known?.status === 'mismatched' ? { status: 'replayed', result: { value: 5 } } : known,
  ),
  finding(
    'a command that has not run is found with another content',
    found,
    (known) => known ?? { status: 'mismatched' },
  ),
  finding('nothing is found', found, () => undefined),
  finding('a result is found as JSON changes it', exact, (known) =>
    known?.status === 'replayed'
      ? { ...known, result: JSON.parse(JSON.stringify(known.result)) }
      : known,
  ),
  answering('a result is replayed as JSON changes it', exact, (outcome) =>
    outcome.status === 'replayed'
      ? { ...outcome, result: JSON.parse(JSON.stringify(outcome.result)) }
      : outcome,
  ),
  wrong('a command is found where it has run only', found, () => (right) => {
    const names = new Set<string>();
    return {
      execute: (work) => {
        names.add(nameOf(work.once));
        return right.unitOfWork.execute(work);
      },
      find: async (once, deadline) =>
        names.has(nameOf(once)) ? right.records.find(once, deadline) : undefined,
    };
  }),
];

const wrongKeys: readonly Wrong<Subject>[] = [
  keying('keys in upper and lower case are the same', keys, (key) => key.toLowerCase()),
  keying('a space at the end of a key is left out', keys, (key) => key.trimEnd()),
  keying('a key ends at NUL', keys, (key) => key.split('\u0000')[0] ?? ''),
  keying('a long key is cut', keys, (key) => key.slice(0, 1_024)),
  keying('letters of other languages are left out', keys, (key) => key.replaceAll(/[^ -~\0]/g, '')),
  eventing('an event and a command have one key', kinds, (once) => ({
    kind: 'command',
    key: once.eventId,
    fingerprint: 'same',
  })),
  wrong(
    'the response of a lease is found as the result of a command',
    kinds,
    ({ subject }) =>
      (right) => ({
        find: async (once, deadline) => {
          const lease = await subject.store.find(once.key);
          return lease?.status === 'completed'
            ? { status: 'replayed', result: JSON.parse(lease.response) }
            : right.records.find(once, deadline);
        },
      }),
  ),
  wrong('a command does not run whose key is leased', kinds, ({ subject }) => (right) => ({
    execute: async (work) => {
      const { once } = work;
      const lease = once.kind === 'command' ? await subject.store.find(once.key) : undefined;
      return lease ? { status: 'mismatched' } : right.unitOfWork.execute(work);
    },
  })),
  leasing('a lease knows the key of a command', kinds, (right) => ({
    find: async (key) => {
      const once = { kind: 'command', key, fingerprint: 'same' } as const;
      const known = await right.records.find(once, Date.now() + 10_000);
      return known?.status === 'replayed'
        ? { status: 'completed', fingerprint: 'same', response: JSON.stringify(known.result) }
        : right.store.find(key);
    },
  })),
  wrong("another service's record is found", services, ({ subject }) => (right) => ({
    find: async (once, deadline) =>
      (await right.records.find(once, deadline)) ?? subject.elsewhere.records.find(once, deadline),
  })),
  wrong("another service's command is replayed", services, ({ subject }) => (right) => ({
    execute: async (work) => {
      const { once, deadline } = work;
      const known =
        once.kind === 'command' ? await subject.elsewhere.records.find(once, deadline) : undefined;
      return known?.status === 'replayed'
        ? { status: 'replayed', result: known.result as never }
        : right.unitOfWork.execute(work);
    },
  })),
];

/** Cleans up as if so much more time had passed. */
const purgedLater = async (right: Subject, ms: number): Promise<void> => {
  await right.advance(ms);
  await right.purge();
  await right.advance(-ms);
};

const hourMs = 3_600_000;

/** The faults of what is kept too long or not long enough, by the titles that notice them. */
const wrongRetentions = (retention: string, expired: string): readonly Wrong<Subject>[] => [
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

const wrongFinds: readonly Wrong<Subject>[] = [
  wrong('a record that is there is not found after its retention', expired, ({ now }) => {
    const ends = new Map<string, number>();
    return (right) => ({
      execute: async (work) => {
        const outcome = await right.unitOfWork.execute(work);
        if (outcome.status === 'committed') ends.set(nameOf(work.once), now() + recordRetentionMs);
        return outcome;
      },
      find: async (once, deadline) =>
        now() < (ends.get(nameOf(once)) ?? 0) ? right.records.find(once, deadline) : undefined,
    });
  }),
  leasing('a lease knows the key of another command', leases, (right) => ({
    find: async (key) => {
      const once = { kind: 'command', key, fingerprint: 'same' } as const;
      const known = await right.records.find(once, Date.now() + 10_000);
      return known
        ? { status: 'completed', fingerprint: 'same', response: '{"value":5}' }
        : right.store.find(key);
    },
  })),
  answering('the replay of a command gives the events again', published, (outcome, { once }) =>
    outcome.status === 'replayed' && once.kind === 'command'
      ? ({ ...outcome, events: [] } as typeof outcome)
      : outcome,
  ),
];

const wrongEvents: readonly Wrong<Subject>[] = [
  twice(
    'an event without reads takes effect again',
    blindEvent,
    (work) => !isCommand(work) && !readsOf(work),
  ),
  twice(
    'an event with reads takes effect again',
    event,
    (work) => !isCommand(work) && readsOf(work),
  ),
  twiceAtOnce(
    'events without reads take effect twice at once',
    blindEvents,
    (work) => !isCommand(work) && !readsOf(work),
  ),
  twiceAtOnce(
    'events with reads take effect twice at once',
    events,
    (work) => !isCommand(work) && readsOf(work),
  ),
  answering('the replay of an event gives the events again', publishedEvent, (outcome, { once }) =>
    outcome.status === 'replayed' && once.kind === 'event'
      ? ({ ...outcome, events: [] } as typeof outcome)
      : outcome,
  ),
  wrong('a refused event counts as handled', refusedEvent, () => {
    const refused = new Set<string>();
    return (right) => ({
      execute: async (work) => {
        if (refused.has(nameOf(work.once))) return { status: 'replayed', result: null as never };
        const outcome = await right.unitOfWork.execute(work);
        if (work.once.kind === 'event' && outcome.status === 'refused') {
          refused.add(nameOf(work.once));
        }
        return outcome;
      },
    });
  }),
  eventing('all consumers share their events', blindEvent, (once) => ({
    ...once,
    consumer: 'all',
  })),
  eventing('a consumer handles one event', consumers, (once) => ({
    ...once,
    eventId: once.consumer + once.eventId.slice(0, 36),
  })),
  eventing('consumer and event are one text', consumers, (once) => ({
    ...once,
    consumer: 'all',
    eventId: once.eventId + once.consumer,
  })),
  eventing('events in upper and lower case are the same', consumers, (once) => ({
    ...once,
    eventId: once.eventId.toLowerCase(),
  })),
  eventing('consumers in upper and lower case are the same', consumers, (once) => ({
    ...once,
    consumer: once.consumer.toLowerCase(),
  })),
  eventing('an event is a command of its name', eventNames, (once) => ({
    kind: 'command',
    key: once.eventId,
    fingerprint: 'same',
  })),
  wrong("another service's event counts as handled", eventServices, ({ subject }) => (right) => ({
    execute: async (work) => {
      const known = await subject.elsewhere.unitOfWork.execute(work);
      return known.status === 'replayed' ? known : right.unitOfWork.execute(work);
    },
  })),
];

/** Records of units of work that the contract has to refuse. */
export const wrongCommandRecords: readonly Wrong<Subject>[] = [
  ...wrongEffects,
  ...wrongContents,
  ...wrongKeys,
  ...wrongRetentions(retention, expired),
  ...wrongFinds,
];

/** Inboxes of units of work that the contract has to refuse. */
export const wrongInboxes: readonly Wrong<Subject>[] = [
  ...wrongEvents,
  ...wrongRetentions(knownEvent, expiredEvent),
];
