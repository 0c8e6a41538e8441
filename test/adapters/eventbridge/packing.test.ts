import { describe, expect, it } from 'vitest';
import {
  entryBytes,
  entryOf,
  packEntries,
  requestBytesMax,
} from '../../../src/adapters/eventbridge/packing.ts';
import { anEvent } from '../../support/counter.ts';

describe('the entry of an event', () => {
  it('carries the whole envelope as its detail', () => {
    const event = anEvent('漢');
    const entry = entryOf(event, 'antipode-ledger');
    expect(entry).toMatchObject({
      EventBusName: 'antipode-ledger',
      Source: 'antipode.counting',
      DetailType: 'Added',
      Time: new Date(event.time),
    });
    expect(JSON.parse(entry.Detail)).toEqual(event);
  });

  it('counts as EventBridge counts: bytes of source, type and detail, and fourteen for the time', () => {
    const entry = { ...entryOf(anEvent(), 'bus'), Source: 's', DetailType: 'ty', Detail: '"é"' };
    expect(entryBytes(entry)).toBe(14 + 1 + 2 + 4);
  });
});

describe('a request', () => {
  const entry = { ...entryOf(anEvent(), 'bus'), Detail: '' };
  /** An entry of so many bytes. */
  const ofBytes = (bytes: number) => ({
    ...entry,
    Detail: 'x'.repeat(bytes - entryBytes(entry)),
  });

  it('is filled to its last byte, and not beyond', () => {
    const half = requestBytesMax / 2;
    expect(packEntries([ofBytes(half), ofBytes(half)])).toEqual([[0, 1]]);
    expect(packEntries([ofBytes(half), ofBytes(half + 1)])).toEqual([[0], [1]]);
    expect(packEntries([ofBytes(requestBytesMax), ofBytes(requestBytesMax + 1)])).toEqual([[0]]);
    const full = ofBytes(requestBytesMax);
    expect(packEntries([full, ofBytes(half), ofBytes(half)])).toEqual([[0], [1, 2]]);
  });
});
