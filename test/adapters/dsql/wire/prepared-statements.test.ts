import { describe, expect, it } from 'vitest';
import { createPreparedStatements } from '../../../../src/adapters/dsql/wire/prepared-statements.ts';

const withText = { name: '', parses: true, closes: false, describes: true };

/** Sends texts as one flight, of which the first ones are answered with so many columns each. */
const flown = (
  prepared: ReturnType<typeof createPreparedStatements>,
  texts: readonly string[],
  columns: readonly number[] = texts.map(() => 0),
  command = 'INSERT',
) => {
  const sent = texts.map((text) => ({ text, sending: prepared.send(text, 1) }));
  prepared.settle(
    sent,
    columns.map((count) => ({ command, columns: count })),
  );
  return sent.map(({ sending }) => sending);
};

describe('the prepared statements of a connection', () => {
  it('prepare nothing that runs only once', () => {
    const prepared = createPreparedStatements(10);
    expect(flown(prepared, ['a', 'b'])).toEqual([withText, withText]);
  });

  it('prepare at the second time, and send no text afterwards', () => {
    const prepared = createPreparedStatements(10);
    flown(prepared, ['a']);
    const [second] = flown(prepared, ['a']);
    expect(second).toMatchObject({ parses: true, closes: false });
    expect(second?.name).not.toBe('');
    expect(flown(prepared, ['a'])).toEqual([
      { name: second?.name, parses: false, closes: false, describes: false },
    ]);
  });

  it('ask for columns each time where there are some', () => {
    const prepared = createPreparedStatements(10);
    for (let time = 0; time < 3; time += 1) flown(prepared, ['a'], [2]);
    expect(flown(prepared, ['a'], [2])).toMatchObject([{ parses: false, describes: true }]);
  });

  it('ask each time where rows without columns may come', () => {
    const prepared = createPreparedStatements(10);
    for (let time = 0; time < 3; time += 1) flown(prepared, ['a'], [0], 'SELECT');
    expect(flown(prepared, ['a'])).toMatchObject([{ parses: false, describes: true }]);
  });

  it('are none, and all is described, where there is no room for any', () => {
    const prepared = createPreparedStatements(0);
    for (let time = 0; time < 3; time += 1) expect(flown(prepared, ['a'])).toEqual([withText]);
  });

  it('give every text a name of its own', () => {
    const prepared = createPreparedStatements(10);
    flown(prepared, ['a', 'b']);
    const names = flown(prepared, ['a', 'b']).map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
  });

  it('send a text that is on its way to be prepared once more, without a name', () => {
    const prepared = createPreparedStatements(10);
    flown(prepared, ['a']);
    prepared.send('a', 1);
    expect(prepared.send('a', 1)).toMatchObject({ name: '', parses: true });
  });

  it('prepare a statement anew if an error may have kept it from being prepared', () => {
    const prepared = createPreparedStatements(10);
    flown(prepared, ['a', 'b', 'c']);
    const [, b, c] = flown(prepared, ['a', 'b', 'c'], [0]);
    expect(flown(prepared, ['a', 'b', 'c'])).toMatchObject([
      { parses: false },
      { name: b?.name, parses: true, closes: true },
      { name: c?.name, parses: true, closes: true },
    ]);
  });

  it('prepare anew a statement that has failed, and keep those that were not reached', () => {
    const prepared = createPreparedStatements(10);
    for (let time = 0; time < 2; time += 1) flown(prepared, ['a', 'b']);
    flown(prepared, ['a', 'b'], []);
    expect(flown(prepared, ['a', 'b'])).toMatchObject([
      { parses: true, closes: true },
      { parses: false },
    ]);
  });

  it('learn nothing of columns from a flight with an error', () => {
    const prepared = createPreparedStatements(10);
    flown(prepared, ['a', 'b'], [0]);
    expect(flown(prepared, ['a'])).toMatchObject([{ describes: true }]);
  });

  it.each([
    [0, 0],
    [1, 1],
  ])('are %i at most where no more are allowed', (namesMax, count) => {
    const prepared = createPreparedStatements(namesMax);
    const texts = ['a', 'b', 'c'];
    flown(prepared, texts);
    flown(prepared, texts);
    const named = flown(prepared, texts).filter(({ name }) => name !== '');
    expect(named).toHaveLength(count);
  });

  it('leave out statements without parameters', () => {
    const prepared = createPreparedStatements(10);
    for (let time = 0; time < 3; time += 1) {
      expect(prepared.send('COMMIT', 0)).toMatchObject({ name: '', parses: true });
    }
  });

  it('do not keep a long text, nor more texts than there should be', () => {
    const prepared = createPreparedStatements(10_000);
    const long = `a${' '.repeat(10_000)}`;
    for (let time = 0; time < 2; time += 1) expect(flown(prepared, [long])).toEqual([withText]);
    for (let at = 0; at < 1_000; at += 1) flown(prepared, [`b${at}`]);
    for (let time = 0; time < 2; time += 1) expect(flown(prepared, ['late'])).toEqual([withText]);
  });
});
