import { describe, expect, it } from 'vitest';
import {
  askToGoOn,
  NotWanted,
  requireConsent,
} from '../../../../../packages/cli/src/commands/service/confirm.ts';
import {
  readAge,
  readCount,
  readTime,
} from '../../../../../packages/cli/src/commands/service/options.ts';
import { createPace } from '../../../../../packages/cli/src/commands/service/pace.ts';
import { shownAge, tableLines } from '../../../../../packages/cli/src/commands/service/tables.ts';
import { UsageError } from '../../../../../packages/local-dsql/src/process/command-options.ts';

const now = Date.parse('2026-11-23T10:00:00.000Z');

describe('an option', () => {
  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
  ])('reads the age %s', (text, ms) => {
    expect(readAge('older-than', text)).toBe(ms);
  });

  it.each(['', '10', 'm', '-1m', '1.5h', '10 m', '1w'])('refuses the age %j', (text) => {
    expect(() => readAge('older-than', text)).toThrow(UsageError);
  });

  it.each([
    ['2026-11-23T09:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23T09:00:00.250+01:00', '2026-11-23T08:00:00.250Z'],
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['1h', '2026-11-23T09:00:00.000Z'],
  ])('reads the time %s', (text, time) => {
    expect(new Date(readTime('since', text, now)).toISOString()).toBe(time);
  });

  // A time without its offset would mean another moment on another machine.
  it.each(['2026-11-23T09:00:00', '23.11.2026', '2026-13-01', 'now', '1700000000'])(
    'refuses the time %s',
    (text) => {
      expect(() => readTime('since', text, now)).toThrow(UsageError);
    },
  );

  it.each(['0', '11', '1.5', '-1', 'x', ''])('refuses %j for a count of 1 to 10', (text) => {
    expect(() => readCount('max', text, 1, 10)).toThrow('--max');
  });
});

describe('consent', () => {
  const nobody = { isThere: false, agrees: () => Promise.reject(new Error('asked')) };
  const person = (answer: boolean) => ({ isThere: true, agrees: async () => answer });

  it('is needed where nobody can be asked', () => {
    const none = { yes: false, dryRun: false };
    expect(() => requireConsent(none, nobody)).toThrow(UsageError);
    expect(() => requireConsent({ ...none, yes: true }, nobody)).not.toThrow();
    expect(() => requireConsent({ ...none, dryRun: true }, nobody)).not.toThrow();
    expect(() => requireConsent(none, person(false))).not.toThrow();
  });

  it('is asked for, unless --yes has given it', async () => {
    const asking = { yes: false, dryRun: false };
    await expect(askToGoOn(asking, person(false), 'Go on?')).rejects.toThrow(NotWanted);
    await askToGoOn(asking, person(true), 'Go on?');
    await askToGoOn({ ...asking, yes: true }, nobody, 'Go on?');
  });
});

describe('the pace of a command', () => {
  it('keeps below its rate', async () => {
    const pace = createPace(100, new AbortController().signal);
    const startedAt = performance.now();
    for (let item = 0; item < 11; item += 1) await pace(1);
    // Ten waits of ten milliseconds; a timer may be a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThan(90);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const pace = createPace(0.001, controller.signal);
    await pace(1);
    const waiting = pace(1);
    controller.abort(new Error('interrupted'));
    await expect(waiting).rejects.toThrow('interrupted');
  });
});

describe('a table', () => {
  it('aligns its columns, and leaves nothing behind its lines', () => {
    expect(
      tableLines([
        ['a', 'long', ''],
        ['abc', 'b', 'end'],
      ]),
    ).toEqual(['a    long', 'abc  b     end']);
    expect(tableLines([])).toEqual([]);
  });

  it.each([
    [-5, '0 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('shows an age of %i ms as %s', (ms, shown) => {
    expect(shownAge(ms)).toBe(shown);
  });
});
