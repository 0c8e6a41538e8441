import { Conflict, type Once, type Outcome } from '../../../src/domain/kernel/index.ts';
import {
  type CommandRecordsSubject,
  recordRetentionMs,
} from '../../../src/testing/contracts/idempotency/command-records.ts';
import type { Wrong } from '../suite.ts';
import {
  answering,
  eventing,
  finding,
  keying,
  leasing,
  nameOf,
  naming,
  readsOf,
  renewed,
  twice,
  twiceAtOnce,
  under,
  wrong,
  wrongRetentions,
} from './records-faults.ts';

type Subject = CommandRecordsSubject;

const found = 'finds the result of a command that has committed, in either Region';
const exact = 'finds a result exactly, also where JSON changes it';
const content = 'tells a command from another content under its key';
const nothing = 'keeps no record of a command that was refused or has failed';
const blindCommand = 'runs a command without reads once, and answers with the first result';
const command = 'runs a command with reads once, and answers with the first result';
const blindCommands = 'takes a command without reads once that comes twenty times at once';
const commands = 'takes a command with reads once that comes twenty times at once';
const published = 'publishes nothing again of a command that is replayed';
const keys = 'keeps keys apart, whatever they differ in';
const kinds = 'keeps commands, events and leases under one key apart';
const leases = 'takes neither a command for a lease of its key, nor a lease for a command';
const services = 'keeps the records of services apart';
const retention = 'keeps a record for thirty days, and no longer once it is cleaned up';
const expired = 'replays work whose retention has ended until it is cleaned up';

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

/** Records of units of work that the contract has to refuse. */
export const wrongCommandRecords: readonly Wrong<Subject>[] = [
  ...wrongEffects,
  ...wrongContents,
  ...wrongKeys,
  ...wrongRetentions(retention, expired),
  ...wrongFinds,
];
