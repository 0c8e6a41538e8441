import { describe, expect, it } from 'vitest';
import { writeEnvelope } from '../../../../src/domain/kernel/events/envelope-json.ts';
import { envelopeBytesMax } from '../../../../src/domain/kernel/events/event.ts';
import { InvalidInput, InvariantViolation } from '../../../../src/domain/kernel/index.ts';
import { anEvent } from '../../../support/counter.ts';

const envelopeWith = (changes: object) => ({ ...anEvent('a'), ...changes });

const faultOf = (changes: object): InvalidInput | InvariantViolation => {
  try {
    writeEnvelope(envelopeWith(changes));
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof InvariantViolation) return error;
  }
  throw new Error('written');
};

const nested = (levels: number): unknown =>
  JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

describe('the JSON of an envelope', () => {
  it('is what its reader parses', () => {
    const event = anEvent('a');
    expect(JSON.parse(writeEnvelope(event))).toEqual(event);
  });

  it('may have 64 KiB, which EventBridge bills as one event', () => {
    expect(envelopeBytesMax).toBe(65_536);
    const fault = faultOf({ data: 'x'.repeat(65_536) });
    expect(fault).toBeInstanceOf(InvalidInput);
    expect(fault.message).toBe(
      'An event Added may have 65536 bytes as JSON: put what is large elsewhere and refer to it',
    );
  });

  it('may be nested 990 levels deep, the envelope included', () => {
    expect(() => writeEnvelope(envelopeWith({ data: nested(989) }))).not.toThrow();
    expect(faultOf({ data: nested(990) }).message).toContain('nested more than 990 levels deep');
  });

  it('has no half of a surrogate pair, which few readers take', () => {
    const fault = faultOf({ data: { notes: ['a', '\ud800'] } });
    expect(fault).toBeInstanceOf(InvalidInput);
    expect(fault).toMatchObject({
      message: 'An event Added takes only well-formed Unicode',
      issues: [{ field: 'data.notes[1]', message: 'has half a surrogate pair' }],
    });
  });

  it.each([
    [{ data: { amount: 1n } }, 'data.amount is a bigint'],
    [{ data: new Date(0) }, 'data is of class Date'],
    [{ data: [undefined] }, 'data[0] is undefined'],
    [{ 'ada@example.org': 1n }, '[…] is a bigint'],
  ])('is not written where it would be another value', (changes, problem) => {
    const fault = faultOf(changes);
    expect(fault).toBeInstanceOf(InvariantViolation);
    expect(fault.message).toBe(
      `Event Added is not committed, because JSON would change it: ${problem}. Give texts, numbers, lists and plain objects`,
    );
  });

  it('is refused for an event that cannot be read back, with the reason', () => {
    const cause = new Error('revoked');
    const throwing = (): never => {
      throw cause;
    };
    const fault = faultOf({ data: new Proxy({}, { ownKeys: throwing }) });
    expect(fault).toBeInstanceOf(InvariantViolation);
    expect(fault.message).toBe('Event Added is not committed, because it cannot be read');
    expect(fault.cause).toBe(cause);
  });
});
