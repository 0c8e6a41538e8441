import { describe, expect, it } from 'vitest';
import {
  createEventBridgePublisher,
  type PutEvents,
} from '../../../src/adapters/eventbridge/index.ts';
import type { EventEnvelope } from '../../../src/domain/kernel/index.ts';
import { anEvent } from '../../support/counter.ts';
import { busThat } from '../../support/memory-service.ts';

const soon = () => Date.now() + 10_000;
const publisherOn = (putEvents: PutEvents) =>
  createEventBridgePublisher({ busName: 'bus', putEvents });

const subjectOf = (detail: string): string => (JSON.parse(detail) as EventEnvelope).subject;

describe('the EventBridge publisher', () => {
  it('sends nothing for no events', async () => {
    const publisher = publisherOn(async () => {
      throw new Error('sent');
    });
    expect(await publisher.publish([], soon())).toEqual([]);
  });

  it('answers each event by its own entry, in order, although the request succeeded', async () => {
    const events = ['good', 'bad', 'good', 'busy'].map((subject) => anEvent(subject));
    const codes: Readonly<Record<string, string>> = {
      bad: 'MalformedDetail',
      busy: 'ThrottlingException',
    };
    const { publisher } = busThat(({ Detail }) => {
      const ErrorCode = codes[subjectOf(Detail)];
      return ErrorCode === undefined ? { EventId: 'x' } : { ErrorCode, ErrorMessage: 'because' };
    });
    expect(await publisher.publish(events, soon())).toEqual([
      { ok: true },
      { ok: false, retryable: false, reason: 'MalformedDetail: because' },
      { ok: true },
      { ok: false, retryable: true, reason: 'ThrottlingException: because' },
    ]);
  });

  it.each([
    'InvalidArgument',
    'MalformedDetail',
    'NotAuthorizedForSourceException',
    'NotAuthorizedForDetailType',
    'AccessDeniedException',
    'InvalidAccountIdException',
    'RedactionFailure',
  ])('holds %s for final', async (ErrorCode) => {
    const results = await busThat(() => ({ ErrorCode })).publisher.publish([anEvent()], soon());
    expect(results).toMatchObject([{ ok: false, retryable: false }]);
  });

  it.each(['InternalFailure', 'ThrottlingException', 'SomethingNew'])(
    'tries again after %s',
    async (ErrorCode) => {
      const results = await busThat(() => ({ ErrorCode })).publisher.publish([anEvent()], soon());
      expect(results).toMatchObject([{ ok: false, retryable: true }]);
    },
  );

  it.each([
    ['no entries', {}],
    ['too few entries', { Entries: [{ EventId: 'x' }] }],
    ['an entry without any result', { Entries: [{ EventId: 'x' }, {}] }],
  ])('takes %s for a failure that may be tried again', async (_, output) => {
    const results = await publisherOn(async () => output).publish([anEvent(), anEvent()], soon());
    expect(results[1]).toMatchObject({ ok: false, retryable: true });
    expect((results[1] as { reason: string }).reason).toBe('no result');
  });

  it('takes a request that fails for a failure of each event in it, and of no other', async () => {
    let requests = 0;
    const publisher = publisherOn(async (entries) => {
      requests += 1;
      if (requests === 1) throw new TypeError('socket hang up');
      return { Entries: entries.map(() => ({ EventId: 'x' })) };
    });
    const results = await publisher.publish(
      Array.from({ length: 15 }, () => anEvent()),
      soon(),
    );
    const failed = { ok: false, retryable: true, reason: 'TypeError: socket hang up' };
    expect(results).toEqual(
      Array.from({ length: 15 }, (_, index) => (index < 10 ? failed : { ok: true })),
    );
  });

  it('never throws, not even for what is no error', async () => {
    const publisher = publisherOn(() => Promise.reject('nothing sensible'));
    expect(await publisher.publish([anEvent()], soon())).toEqual([
      { ok: false, retryable: true, reason: 'nothing sensible' },
    ]);
  });

  it('refuses for ever an event that no request can hold, and sends the others', async () => {
    const huge = { ...anEvent(), data: 'é'.repeat(500_000) };
    const { publisher, taken } = busThat(() => ({ EventId: 'x' }));
    const results = await publisher.publish([anEvent('a'), huge, anEvent('b')], soon());
    expect(results).toMatchObject([{ ok: true }, { ok: false, retryable: false }, { ok: true }]);
    expect(taken.map(({ subject }) => subject)).toEqual(['a', 'b']);
  });

  it('sends nothing after the deadline', async () => {
    const { publisher, taken } = busThat(() => ({ EventId: 'x' }));
    const results = await publisher.publish([anEvent()], Date.now());
    expect(results).toEqual([{ ok: false, retryable: true, reason: 'No time was left' }]);
    expect(taken).toEqual([]);
  });

  it('aborts a request at the deadline', async () => {
    const publisher = publisherOn(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const results = await publisher.publish([anEvent()], Date.now() + 20);
    expect(results).toMatchObject([{ ok: false, retryable: true }]);
    expect((results[0] as { reason: string }).reason).toMatch(/^TimeoutError/);
  });

  it('gives a request time however far the deadline is', async () => {
    const publisher = publisherOn(async (entries, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      signal.throwIfAborted();
      return { Entries: entries.map(() => ({ EventId: 'x' })) };
    });
    for (const deadline of [Date.now() + 2 ** 40, Number.POSITIVE_INFINITY]) {
      expect(await publisher.publish([anEvent()], deadline)).toEqual([{ ok: true }]);
    }
  });
});
