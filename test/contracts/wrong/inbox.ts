import type { Once } from '../../../src/domain/kernel/index.ts';
import type { CommandRecordsSubject } from '../../../src/testing/contracts/idempotency/command-records.ts';
import type { Wrong } from '../suite.ts';
import {
  answering,
  eventing,
  nameOf,
  readsOf,
  twice,
  twiceAtOnce,
  wrong,
  wrongRetentions,
} from './records-faults.ts';

type Subject = CommandRecordsSubject;

const blindEvent = 'handles an event without reads once for each consumer';
const event = 'handles an event with reads once for each consumer';
const blindEvents = 'takes an event without reads once that comes twenty times at once';
const events = 'takes an event with reads once that comes twenty times at once';
const publishedEvent = 'publishes nothing again of an event that is replayed';
const refusedEvent = 'decides an event anew that was refused';
const consumers = 'keeps events and their consumers apart, whatever they differ in';
const eventNames = 'keeps an event and a command of one name apart';
const eventServices = 'keeps the events of services apart';
const knownEvent = 'knows an event for thirty days, and no longer once it is cleaned up';
const expiredEvent = 'knows an event whose retention has ended until it is cleaned up';

const isCommand = ({ once }: { readonly once: Once }): boolean => once.kind === 'command';

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

/** Inboxes of units of work that the contract has to refuse. */
export const wrongInboxes: readonly Wrong<Subject>[] = [
  ...wrongEvents,
  ...wrongRetentions(knownEvent, expiredEvent),
];
