import { array, number, object, objectAsync, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  InvalidInput,
  InvariantViolation,
  type Issue,
} from '../../../../src/domain/kernel/index.ts';
import { readRequest } from '../../../../src/handlers/runtime/index.ts';

const schema = object({ key: string(), seats: number() });
const keyed = { idempotencyKey: 'k-1' };

const issuesOf = (read: () => unknown): readonly Issue[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInput) return error.issues;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('a request that is read by a schema', () => {
  it('is what the schema makes of the payload', () => {
    const read = readRequest(schema, { key: 'k-1', seats: 2, more: true }, {});
    expect(read).toEqual({ key: 'k-1', seats: 2 });
  });

  it('has the key of the header in the field of the key', () => {
    expect(readRequest(schema, { seats: 2 }, keyed)).toEqual({ key: 'k-1', seats: 2 });
    const other = object({ id: string() });
    expect(readRequest(other, {}, keyed, { keyField: 'id' })).toEqual({ id: 'k-1' });
  });

  it('may repeat the key of the header', () => {
    expect(readRequest(schema, { key: 'k-1', seats: 2 }, keyed)).toEqual({ key: 'k-1', seats: 2 });
  });

  it.each(['k-2', 1, null, ''])(
    'is refused with another key than that of the header: %j',
    (key) => {
      const issues = issuesOf(() => readRequest(schema, { key, seats: 2 }, keyed));
      expect(issues.map(({ field }) => field)).toEqual(['key']);
    },
  );

  it.each([undefined, null, 'text', 7])(
    'is refused where the payload is no object: %j',
    (payload) => {
      expect(() => readRequest(schema, payload, keyed)).toThrow(InvalidInput);
    },
  );

  it('names each wrong field', () => {
    const nested = object({ seats: array(object({ row: number() })), show: string() });
    const issues = issuesOf(() => readRequest(nested, { seats: [{ row: 1 }, { row: 'x' }] }, {}));
    expect(issues.map(({ field }) => field)).toEqual(['seats.1.row', 'show']);
  });

  it('names no more than sixteen of them, each in at most 200 characters', () => {
    const rows = Array.from({ length: 100 }, () => 'x'.repeat(1_000));
    const issues = issuesOf(() => readRequest(array(number()), rows, {}));
    expect(issues).toHaveLength(16);
    expect(issues.every(({ message }) => message.length <= 200)).toBe(true);
  });

  it('needs a schema that is synchronous', () => {
    const asynchronous = objectAsync({ key: string() });
    expect(() => readRequest(asynchronous, { key: 'k' }, {})).toThrow(InvariantViolation);
  });
});
