import { describe, expect, it } from 'vitest';
import { envelopeBytesMax } from '../../../../src/domain/kernel/events/event.ts';
import {
  accept,
  type Decision,
  type DomainEvent,
  type EventEnvelope,
  InvalidInput,
  InvariantViolation,
  refuse,
} from '../../../../src/domain/kernel/index.ts';
import {
  decideWork,
  requireAnswered,
  requireWork,
} from '../../../../src/domain/kernel/work/decide-work.ts';
import { anEvent } from '../../../support/counter.ts';

const command = { kind: 'command', key: 'k', fingerprint: 'f' } as const;
const event = { kind: 'event', consumer: 'sum', eventId: 'e' } as const;
const decide = () => refuse('No', 'no');

const faultOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('work that is to be done once', () => {
  const checked = (changes: object) =>
    faultOf(() => requireWork({ once: command, load: null, decide, ...changes } as never));

  it.each([
    ['a command', { once: command }],
    ['a command with an empty fingerprint', { once: { ...command, fingerprint: '' } }],
    ['an event', { once: event }],
    ['an ordered event', { once: { ...event, order: { subject: 's', version: 1 } } }],
    ['a decision on a state that is loaded', { decide: (_: unknown) => decide() }],
    ['a decision on no state', { load: undefined }],
    ['a decision on no state that is loaded', {}],
  ])('may be %s', (_, changes) => {
    expect(checked(changes)).toBeUndefined();
  });

  it('refuses an empty key, which a client may send', () => {
    const fault = checked({ once: { ...command, key: '' } });
    expect(fault).toBeInstanceOf(InvalidInput);
    expect(fault).toMatchObject({ message: 'The command has an empty idempotency key' });
  });

  it.each([
    ['no subject', { once: { ...event, order: { version: 1 } } }, 'a text as subject'],
    ['an empty subject', { once: { ...event, order: { subject: '', version: 1 } } }, 'as subject'],
    ['no version', { once: { ...event, order: { subject: 's' } } }, 'its version'],
    ['version 0', { once: { ...event, order: { subject: 's', version: 0 } } }, 'its version'],
    ['no key', { once: { ...command, key: undefined } }, 'a text as key'],
    ['a number as key', { once: { ...command, key: 7 } }, 'a text as key'],
    ['no fingerprint', { once: { ...command, fingerprint: undefined } }, 'one as fingerprint'],
    ['a list as fingerprint', { once: { ...command, fingerprint: [] } }, 'one as fingerprint'],
    ['no consumer', { once: { ...event, consumer: undefined } }, 'a text as consumer'],
    ['an empty consumer', { once: { ...event, consumer: '' } }, 'a text as consumer'],
    ['no id of the event', { once: { ...event, eventId: undefined } }, 'one as eventId'],
    ['an empty id of the event', { once: { ...event, eventId: '' } }, 'one as eventId'],
    ['an event as a command', { once: { ...event, kind: 'command' } }, 'a text as key'],
    ['a command as an event', { once: { ...command, kind: 'event' } }, 'a text as consumer'],
    ['another kind', { once: { ...command, kind: 'query' } }, 'kind "command" or "event"'],
    ['no `once`', { once: undefined }, 'kind "command" or "event"'],
    ['no decision', { decide: undefined }, 'Give the work a `decide`'],
    [
      'a state that nothing loads',
      { load: undefined, decide: (_: unknown) => decide() },
      '`decide` takes a state, and nothing says what to load',
    ],
  ])('refuses %s', (_, changes, message) => {
    const fault = checked(changes);
    expect(fault).toBeInstanceOf(InvariantViolation);
    expect((fault as Error).message).toContain(message);
  });
});

describe('an answer', () => {
  it.each([undefined, null, 1, 'text', {}, Object.fromEntries([['then', 1]]), decide])(
    'may be %s at once',
    (answer) => {
      expect(() => requireAnswered('`decide`', answer)).not.toThrow();
    },
  );

  it.each([
    ['a promise', () => Promise.resolve(1)],
    ['a promise that fails, which ends no process', () => Promise.reject(new Error('late'))],
    // biome-ignore lint/suspicious/noThenProperty: the framework recognises a promise by it
    ['what is awaited like one', () => ({ then: () => undefined })],
  ])('may not be %s', async (_, answer) => {
    expect(() => requireAnswered('`decide`', answer())).toThrow(
      new InvariantViolation('`decide` must not be async: it answers with a promise'),
    );
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('the decision of work', () => {
  const said: DomainEvent = {
    type: 'Added',
    schemaVersion: 1,
    subject: 'a',
    aggregateVersion: 1,
    data: {},
  };
  const envelop = ({ subject }: DomainEvent): EventEnvelope => anEvent(subject);
  const accepted = { state: { a: 1 }, events: [said], result: 'done' };
  const decided = (answer: unknown, how: (event: DomainEvent) => unknown = envelop) =>
    faultOf(() =>
      decideWork({ decide: () => answer as Decision<unknown, unknown>, envelop: how as never }, 0),
    );

  it('is told the state, and says what is saved and answered', () => {
    const work = { decide: (state: number) => accept({ ...accepted, state: state + 1 }), envelop };
    const { events, ...rest } = decideWork(work, 7) as {
      readonly events: readonly EventEnvelope[];
    };
    expect(rest).toEqual({ accepted: true, state: 8, result: 'done', scheduled: [] });
    expect(events.map(({ subject, source }) => [subject, source])).toEqual([
      ['a', 'antipode.counting'],
    ]);
  });

  it('may say nothing to save, no event and no answer', () => {
    const outcome = { accepted: true, state: undefined, events: [], result: undefined };
    expect(decided(outcome)).toEqual({ ...outcome, scheduled: [] });
  });

  it('keeps the events that wait for their time apart from those to be published at once', () => {
    const notBefore = Date.parse('2030-01-01T00:00:00.000Z');
    const late = { ...said, subject: 'b', notBefore };
    expect(decided(accept({ ...accepted, events: [late, said] }))).toMatchObject({
      events: [{ subject: 'a' }],
      scheduled: [{ event: { subject: 'b' }, notBefore }],
    });
  });

  it.each([
    ['seconds', 1_900_000_000],
    ['a fraction of a millisecond', 1.9e12 + 0.5],
    ['no number', Number.NaN],
    ['a text', '2030-01-01'],
    ['a time that no date can name', 8.64e15 + 1],
    ['the year 10000', Date.UTC(10_000, 0, 1)],
  ])('is refused when it schedules an event for %s', (_, notBefore) => {
    const events = [{ ...said, notBefore: notBefore as number }];
    const fault = decided(accept({ ...accepted, events }));
    expect(fault).toBeInstanceOf(InvariantViolation);
    expect(String(fault)).toContain('`notBefore` of event Added must be whole milliseconds');
  });

  it.each([
    ['September 2001', 1e12],
    ['the end of the year 9999', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ])('may schedule an event for %s', (_, notBefore) => {
    const events = [{ ...said, notBefore }];
    expect(decided(accept({ ...accepted, events }))).toMatchObject({ scheduled: [{ notBefore }] });
  });

  it('is passed on when it is a refusal', () => {
    expect(decided(refuse('Empty', ''))).toEqual(refuse('Empty', ''));
  });

  it.each<readonly [string, unknown, string]>([
    ['nothing', undefined, '`decide` must return accept(…) or refuse(…)'],
    ['null', null, '`decide` must return accept(…) or refuse(…)'],
    ['a text', 'accepted', '`decide` must return accept(…) or refuse(…)'],
    ['what is neither', { ...accepted, accepted: 'yes' }, 'must return accept(…) or refuse(…)'],
    ['a promise', Promise.resolve(accept(accepted)), '`decide` must not be async'],
    ['a refusal without a code', { accepted: false, message: 'no' }, 'a code and a message'],
    ['a refusal with an empty code', refuse('', 'no'), 'a code and a message'],
    ['a refusal without a message', { accepted: false, code: 'No' }, 'a code and a message'],
    ...(['state', 'events', 'result'] as const).map(
      (part) =>
        [
          `a promise as ${part}`,
          accept({ ...accepted, [part]: Promise.resolve([]) }),
          `\`${part}\` of a decision must not be async`,
        ] as const,
    ),
    ['no events', { accepted: true, state: 1 }, '`events` of a decision must be a list'],
    ['a text as events', accept({ ...accepted, events: 'x' as never }), 'must be a list'],
    ['a hole', accept({ ...accepted, events: new Array(1) }), 'must be a list of events'],
    ['a text as event', accept({ ...accepted, events: ['x' as never] }), 'a list of events'],
    [
      'null beside an event',
      accept({ ...accepted, events: [said, null as never] }),
      'a list of events',
    ],
    ['no state', { accepted: true, events: [] }, 'A decision must say its `state`'],
  ])('may not be %s', (_, answer, message) => {
    const fault = decided(answer);
    expect(fault).toBeInstanceOf(InvariantViolation);
    expect((fault as Error).message).toContain(message);
  });

  it.each([
    ['a promise', async () => anEvent('a'), '`envelop` must not be async'],
    [
      'an event that is not addressed',
      () => ({ ...anEvent('a'), id: '', time: 0 }),
      '`envelop` must give a CloudEvents 1.0 envelope, as `EventCatalogue.envelop` does: id, time',
    ],
    ['nothing', () => undefined, /must give a CloudEvents 1.0 envelope, as \S+ does: $/],
    ['a source of AWS', () => ({ ...anEvent('a'), source: 'aws.ec2' }), 'begins with "aws."'],
    ['a long type', () => ({ ...anEvent('a'), type: 'T'.repeat(129) }), 'has 129 characters'],
    ['what JSON changes', () => ({ ...anEvent('a'), data: 1n }), 'because JSON would change it'],
  ])('is not committed with %s for an envelope', (_, how, message) => {
    const fault = decided(accept(accepted), how);
    expect(fault).toBeInstanceOf(InvariantViolation);
    expect((fault as Error).message).toMatch(message);
  });

  it('is not committed with an event that cannot be published', () => {
    const how = () => ({ ...anEvent('a'), data: 'x'.repeat(envelopeBytesMax) });
    expect(decided(accept(accepted), how)).toBeInstanceOf(InvalidInput);
  });
});
