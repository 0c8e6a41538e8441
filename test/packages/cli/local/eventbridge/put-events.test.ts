import { describe, expect, it } from 'vitest';
import { envelopeText } from '../../../../../packages/cli/src/local/eventbridge/event.ts';
import {
  acceptEntries,
  type PutEventsEntry,
} from '../../../../../packages/cli/src/local/eventbridge/put-events.ts';

const origin = {
  region: 'us-east-1',
  account: '000000000000',
  now: Date.UTC(2026, 10, 23, 10, 0, 0, 999),
};

const entry = (changes: Partial<PutEventsEntry> = {}): PutEventsEntry => ({
  Source: 'antipode.ledger',
  DetailType: 'TransactionRecorded',
  Detail: '{"amount":100.50}',
  ...changes,
});

const nested = (levels: number): string =>
  `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

describe('an entry of PutEvents', () => {
  it('becomes an event whose detail keeps its text and whose time has whole seconds', () => {
    const { result, accepted } = acceptEntries([entry({ EventBusName: 'ledger' })], origin);
    expect(result).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: accepted[0]?.event.id }] });
    expect(accepted).toEqual([
      {
        index: 0,
        busName: 'ledger',
        event: {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          source: 'antipode.ledger',
          detailType: 'TransactionRecorded',
          account: '000000000000',
          time: '2026-11-23T10:00:00Z',
          region: 'us-east-1',
          resources: [],
          detail: '{"amount":100.50}',
        },
      },
    ]);
  });

  it.each([
    [1_700_000_000.9, '2023-11-14T22:13:20Z'],
    [0, '1970-01-01T00:00:00Z'],
    [-62_135_596_800, '0001-01-01T00:00:00Z'],
    [253_402_300_799.9, '9999-12-31T23:59:59Z'],
  ])('may give the time as %s', (Time, time) => {
    expect(acceptEntries([entry({ Time })], origin).accepted[0]?.event.time).toBe(time);
  });

  it.each([
    ['ledger', 'ledger'],
    ['arn:aws:events:us-east-1:000000000000:event-bus/ledger', 'ledger'],
    [undefined, 'default'],
  ])('names the bus %s', (EventBusName, busName) => {
    const given = EventBusName === undefined ? {} : { EventBusName };
    expect(acceptEntries([entry(given)], origin).accepted[0]?.busName).toBe(busName);
  });

  it('does not reach a bus of the same name in another Region', () => {
    const EventBusName = 'arn:aws:events:us-west-2:000000000000:event-bus/ledger';
    expect(acceptEntries([entry({ EventBusName })], origin).accepted[0]?.busName).not.toBe(
      'ledger',
    );
  });

  it.each([
    [
      { Source: '' },
      'InvalidArgument',
      'Parameter Source is not valid. Reason: Source is a required argument.',
    ],
    [
      { DetailType: '' },
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    ],
    [
      { Detail: '' },
      'InvalidArgument',
      'Parameter Detail is not valid. Reason: Detail is a required argument.',
    ],
    [{ DetailType: 'x'.repeat(129) }, 'InvalidArgument', 'Parameter DetailType is not valid.'],
    [{ Time: 1e300 }, 'InvalidArgument', 'Parameter Time is not valid.'],
    [{ Time: -1e300 }, 'InvalidArgument', 'Parameter Time is not valid.'],
    [{ Time: Number.POSITIVE_INFINITY }, 'InvalidArgument', 'Parameter Time is not valid.'],
    [{ Time: 1_700_000_000_000 }, 'InvalidArgument', 'seconds since the epoch'],
    [{ Time: 253_402_300_800 }, 'InvalidArgument', 'Parameter Time is not valid.'],
    [{ Source: 'a\ud800' }, 'InvalidArgument', 'Parameter Source is not valid.'],
    [{ DetailType: 'a\udc00' }, 'InvalidArgument', 'Parameter DetailType is not valid.'],
    [{ Detail: '{"a":"\ud800"}' }, 'MalformedDetail', 'Detail is malformed.'],
    [{ Detail: '{"a":' }, 'MalformedDetail', 'Detail is malformed.'],
    [{ Detail: '[1]' }, 'MalformedDetail', 'Detail is malformed.'],
    [{ Detail: '"x"' }, 'MalformedDetail', 'Detail is malformed.'],
    [{ Detail: nested(1001) }, 'MalformedDetail', 'Detail is malformed.'],
    [{ Source: 'aws.ec2' }, 'NotAuthorizedForSourceException', 'Not authorized for the source.'],
  ])('is refused with %j', (changes, code, message) => {
    const { result, accepted } = acceptEntries([entry(changes)], origin);
    expect(accepted).toEqual([]);
    expect(result.FailedEntryCount).toBe(1);
    expect(result.Entries).toEqual([
      { ErrorCode: code, ErrorMessage: expect.stringContaining(message) },
    ]);
  });

  it('may nest its detail 1,000 levels and name its type in 128 characters', () => {
    const accepted = entry({ Detail: nested(1000), DetailType: 'x'.repeat(128) });
    expect(acceptEntries([accepted], origin).result.FailedEntryCount).toBe(0);
  });

  it('fails alone: the others of the request are taken, in order', () => {
    const entries = [entry(), entry({ Detail: '[]' }), entry()];
    const { result, accepted } = acceptEntries(entries, origin);
    expect(result).toMatchObject({
      FailedEntryCount: 1,
      Entries: [
        { EventId: accepted[0]?.event.id },
        { ErrorCode: 'MalformedDetail' },
        { EventId: accepted[1]?.event.id },
      ],
    });
  });
});

describe('a request of PutEvents', () => {
  it.each([0, 11])('of %i entries fails whole', (count) => {
    const entries = Array.from({ length: count }, () => entry());
    expect(() => acceptEntries(entries, origin)).toThrow(
      expect.objectContaining({ name: 'ValidationException' }),
    );
  });

  it('may have 1 MB in source, type, detail, resources and 14 bytes of time, counted in UTF-8', () => {
    const given = { Source: 'é', DetailType: 't', Resources: ['r'], Time: 0 };
    const spare = 1024 * 1024 - 2 - 1 - 1 - 14 - '{"a":""}'.length;
    const sized = (size: number): PutEventsEntry =>
      entry({
        ...given,
        Detail: JSON.stringify({ a: 'x'.repeat(size) }),
        EventBusName: 'uncounted',
      });
    expect(acceptEntries([sized(spare)], origin).result.FailedEntryCount).toBe(0);
    expect(() => acceptEntries([sized(spare + 1)], origin)).toThrow(
      'Total size of the entries in the request is over the limit.',
    );
  });
});

describe('an envelope', () => {
  it('is the JSON that targets receive', () => {
    const [accepted] = acceptEntries([entry({ Resources: ['arn:x'] })], origin).accepted;
    const text = accepted ? envelopeText(accepted.event) : '';
    expect(text).toMatch(/,"detail":\{"amount":100\.50\}\}$/);
    expect(JSON.parse(text)).toEqual({
      version: '0',
      id: accepted?.event.id,
      'detail-type': 'TransactionRecorded',
      source: 'antipode.ledger',
      account: '000000000000',
      time: '2026-11-23T10:00:00Z',
      region: 'us-east-1',
      resources: ['arn:x'],
      detail: { amount: 100.5 },
    });
  });
});
