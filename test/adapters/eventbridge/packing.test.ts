import { describe, expect, it } from 'vitest';
import { entryBytes, entryOf } from '../../../src/adapters/eventbridge/index.ts';
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
