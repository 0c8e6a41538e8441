import { envelopeBytesMax } from '../../../domain/kernel/events/event.ts';
import { type Added, addTo, counterName, counterWork, envelopeOf } from '../counter.ts';
import { expectEqual, expectRejection } from '../expectations.ts';
import { checksFor } from '../suite.ts';
import type { UnitOfWorkChecks, UnitOfWorkSubject } from './unit-of-work-subject.ts';

/** Changes to work that a type checker would refuse, the kind of the fault and its message. */
const badWork: readonly (readonly [string, object, string, RegExp])[] = [
  ['no once', { once: undefined }, 'InvariantViolation', /a `once` of kind/],
  ['a once of no kind', { once: { key: 'k', fingerprint: '' } }, 'InvariantViolation', /kind/],
  ['no key', { once: { kind: 'command', fingerprint: '' } }, 'InvariantViolation', /key/],
  [
    'a key that is a number',
    { once: { kind: 'command', key: 7, fingerprint: '' } },
    'InvariantViolation',
    /key/,
  ],
  [
    'an empty key',
    { once: { kind: 'command', key: '', fingerprint: '' } },
    'InvalidInput',
    /empty idempotency key/,
  ],
  ['no fingerprint', { once: { kind: 'command', key: 'k' } }, 'InvariantViolation', /fingerprint/],
  ['no consumer', { once: { kind: 'event', eventId: 'e' } }, 'InvariantViolation', /consumer/],
  [
    'an empty consumer',
    { once: { kind: 'event', consumer: '', eventId: 'e' } },
    'InvariantViolation',
    /consumer/,
  ],
  [
    'an empty event id',
    { once: { kind: 'event', consumer: 'c', eventId: '' } },
    'InvariantViolation',
    /eventId/,
  ],
  [
    'an envelope without attributes',
    { envelop: () => ({ data: 1 }) },
    'InvariantViolation',
    /^`envelop` must give .*subject/,
  ],
  [
    'an envelope that comes later',
    {
      envelop: async () => {
        throw new Error('too late');
      },
    },
    'InvariantViolation',
    /`envelop` must not be async/,
  ],
  [
    'an envelope of a source that is AWS',
    { envelop: (one: Added) => ({ ...envelopeOf(one), source: 'aws.orders' }) },
    'InvariantViolation',
    /source aws\.orders begins with "aws\."/,
  ],
  [
    'an envelope of a type with 129 characters',
    { envelop: (one: Added) => ({ ...envelopeOf(one), type: 'T'.repeat(129) }) },
    'InvariantViolation',
    /has 129 characters: EventBridge takes 128/,
  ],
  [
    'an envelope that JSON changes',
    { envelop: (one: Added) => ({ ...envelopeOf(one), data: { at: new Date(0) } }) },
    'InvariantViolation',
    /data\.at is of class Date/,
  ],
  [
    'an envelope that is too large',
    { envelop: (one: Added) => ({ ...envelopeOf(one), data: 'x'.repeat(envelopeBytesMax) }) },
    'InvalidInput',
    /may have 65536 bytes/,
  ],
  ['no decide', { decide: undefined }, 'InvariantViolation', /a `decide`/],
  [
    'a load that was forgotten',
    { load: undefined },
    'InvariantViolation',
    /nothing says what to load/,
  ],
];

/** Work that says too little is refused, and nothing of it is committed. */
export const refusedWorkChecks: UnitOfWorkChecks = checksFor(
  badWork,
  ([what, changes, kind, message]) => ({
    [`refuses work with ${what}, and commits nothing`]: async (subject: UnitOfWorkSubject) => {
      const counter = counterName();
      const work = {
        ...counterWork(addTo(counter, 1), { load: { names: [counter] } }),
        ...changes,
      };
      await expectRejection(subject.unitOfWork.execute(work), kind, message);
      expectEqual(await subject.value(counter), undefined);
    },
  }),
);
