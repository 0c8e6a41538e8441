import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { withoutValues } from '../../../src/adapters/dsql/wire/server-error.ts';
import { errorWithoutValues } from '../../../src/adapters/powertools/index.ts';
import { Unavailable } from '../../../src/domain/kernel/index.ts';

const refusal = (message: string): Error =>
  Object.assign(new pg.DatabaseError(message, 0, 'error'), {
    code: '22P02',
    severity: 'ERROR',
    detail: 'secret-row',
  });

describe('an error as it leaves the process', () => {
  it.each([
    ['an error', new Error('no')],
    ['an error of Node', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })],
    ['an error with a cause', new Unavailable('away', { cause: new Error('no') })],
    ['a text', 'no'],
    ['nothing', undefined],
    ['null', null],
    ['an error of a graph that is no query', Object.assign(new Error('no'), { node: {} })],
    ['an error of a node that is null', Object.assign(new Error('no'), { node: null })],
  ])('is itself where it holds no value: %s', (_, error) => {
    expect(errorWithoutValues(error)).toBe(error);
  });

  it('has neither the words nor the row of a statement that the database has refused', () => {
    const shown = errorWithoutValues(refusal('invalid input: "secret-iban"')) as Error;
    expect(shown).toBeInstanceOf(Error);
    expect(shown.name).toBe('error');
    expect(shown.message).toContain('invalid input');
    expect(JSON.stringify([shown, shown.message, shown.stack])).not.toContain('secret');
    expect(Object.keys(shown)).toEqual(['name']);
    expect(shown.stack).toMatch(/\n {4}at /);
  });

  it('has not the words of its cause, whether it repeats them or not', () => {
    const cause = refusal('invalid input: "secret-iban"');
    for (const message of [`away: ${cause.message}`, 'away']) {
      const shown = errorWithoutValues(new Unavailable(message, { cause })) as Error;
      expect(shown.name).toBe('Unavailable');
      expect(shown.message).toMatch(/^away/);
      expect(shown.cause).toBeUndefined();
      expect(JSON.stringify([shown.message, shown.stack])).not.toContain('secret');
    }
  });

  it('has not the words of a cause that has been cleaned before', () => {
    const original = refusal('invalid input: "secret-iban"');
    const cause = withoutValues(original as Parameters<typeof withoutValues>[0]);
    const shown = errorWithoutValues(new Unavailable(`away: ${original.message}`, { cause }));
    expect((shown as Error).message).toMatch(/^away: invalid input/);
    expect((shown as Error).message).not.toContain('secret');
    const other = new Unavailable('away', { cause });
    expect(errorWithoutValues(other)).toBe(other);
  });

  it("has not the query that it is about, as Kysely's errors hold it", () => {
    const node = { kind: 'SelectQueryNode', where: 'secret-iban' };
    const shown = errorWithoutValues(Object.assign(new Error('no result'), { node })) as Error;
    expect(shown.message).toBe('no result');
    expect(shown).not.toHaveProperty('node');
  });
});
