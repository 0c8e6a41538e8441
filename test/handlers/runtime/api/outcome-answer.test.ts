import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../src/domain/kernel/index.ts';
import { createOutcomeAnswer } from '../../../../src/handlers/runtime/index.ts';

const request = { requestId: 'request-1' };
const keyed = { ...request, idempotencyKey: 'k-1' };
/** As from a repository, whose codes the types do not know. */
const refused = (code: string): Outcome<never, never> => ({
  status: 'refused',
  refusal: { accepted: false, code: code as never, message: 'no' },
});
const answer = createOutcomeAnswer({ refused: { SoldOut: 409, ShowNotFound: 404 } });

describe('the answer to an outcome', () => {
  it('of a command that has committed is its result', () => {
    const outcome = { status: 'committed', result: { left: 1 }, events: [] } as const;
    expect(answer(outcome, request)).toEqual({ status: 200, body: { left: 1 } });
  });

  it('of a replay is the same, and a header says so', () => {
    const outcome = { status: 'replayed', result: { left: 1 } } as const;
    expect(answer(outcome, request)).toEqual({
      status: 200,
      body: { left: 1 },
      headers: { 'idempotent-replayed': 'true' },
    });
  });

  it('has the status that a service gives to what has taken effect, now or before', () => {
    const created = createOutcomeAnswer({ refused: {}, committed: 201 });
    expect(created({ status: 'committed', result: 1, events: [] }, request).status).toBe(201);
    expect(created({ status: 'replayed', result: 1 }, request).status).toBe(201);
  });

  it.each([
    ['SoldOut', 409],
    ['ShowNotFound', 404],
    ['Unheard', 422],
    ['toString', 422],
  ])('of the refusal %s has the status %i, its code and its message', (code, status) => {
    expect(answer(refused(code), request)).toEqual({
      status,
      body: { error: { code, message: 'no' } },
    });
  });

  it('of a key of the header that was used with another content is 422', () => {
    const message = 'This idempotency key was used with another content; use a new key';
    const expected = { status: 422, body: { error: { code: 'IdempotencyKeyReused', message } } };
    expect(answer({ status: 'mismatched' }, keyed)).toEqual(expected);
    const own = createOutcomeAnswer({ refused: {}, mismatched: { status: 409, body: null } });
    expect(own({ status: 'mismatched' }, keyed)).toEqual(expected);
  });

  it('of a key of the payload that was used with another content is 409, or as the service says', () => {
    expect(answer({ status: 'mismatched' }, request)).toMatchObject({
      status: 409,
      body: { error: { code: 'IdempotencyKeyReused' } },
    });
    const mismatched = { status: 409, body: { error: 'own' } };
    const own = createOutcomeAnswer({ refused: {}, mismatched });
    expect(own({ status: 'mismatched' }, request)).toEqual(mismatched);
  });
});
