import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PutEventsEntry } from '../../../src/adapters/eventbridge/index.ts';
import {
  entriesMax,
  entryBytes,
  packEntries,
  requestBytesMax,
} from '../../../src/adapters/eventbridge/packing.ts';

const entryOf = (Detail: string): PutEventsEntry => ({
  EventBusName: 'bus',
  Source: 'antipode.counting',
  DetailType: 'Added',
  Detail,
  Time: new Date(0),
});

/** From one byte to more than fits, in characters of one to four bytes. */
const detail = fc
  .tuple(
    fc.constantFrom('a', 'é', '漢', '😀'),
    fc.oneof(
      { arbitrary: fc.integer({ min: 1, max: 200 }), weight: 6 },
      { arbitrary: fc.integer({ min: 50_000, max: 250_000 }), weight: 3 },
      { arbitrary: fc.integer({ min: 990_000, max: 1_100_000 }), weight: 1 },
    ),
  )
  .map(([character, count]) => character.repeat(count));

const entries = fc.array(detail.map(entryOf), { maxLength: 40 });

describe('packing entries into requests', () => {
  it('puts each entry into one request, in order, unless it fits into none', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const fitting = [...given.keys()].filter((index) => {
          const entry = given[index];
          return entry !== undefined && entryBytes(entry) <= requestBytesMax;
        });
        expect(packEntries(given).flat()).toEqual(fitting);
      }),
      { numRuns: 60 },
    );
  });

  it('makes no request that is empty, has too many entries or too many bytes', () => {
    fc.assert(
      fc.property(entries, (given) => {
        for (const request of packEntries(given)) {
          expect(request.length).toBeGreaterThan(0);
          expect(request.length).toBeLessThanOrEqual(entriesMax);
          const sizes = request.flatMap((index) => given[index] ?? []).map(entryBytes);
          const bytes = sizes.reduce((sum, size) => sum + size, 0);
          expect(bytes).toBeLessThanOrEqual(requestBytesMax);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('starts a new request only when the last one is full', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const requests = packEntries(given).map((request) =>
          request.flatMap((index) => given[index] ?? []).map(entryBytes),
        );
        for (const [index, request] of requests.slice(0, -1).entries()) {
          const bytes = request.reduce((sum, size) => sum + size, 0);
          const next = requests[index + 1]?.[0] ?? 0;
          expect(request.length === entriesMax || bytes + next > requestBytesMax).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
