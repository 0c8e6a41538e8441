import { describe, expect, it } from 'vitest';
import {
  InvalidSchedule,
  parseScheduleExpression,
} from '../../../../../packages/cli/src/local/scheduler/index.ts';

/** The next `count` times after `from`, as ISO texts without seconds. */
const next = (expression: string, from: string, count = 1): readonly (string | undefined)[] => {
  const nextAfter = parseScheduleExpression(expression);
  const times: (string | undefined)[] = [];
  let at: number | undefined = Date.parse(`${from}Z`);
  for (let index = 0; index < count; index += 1) {
    at = at === undefined ? undefined : nextAfter(at);
    times.push(at === undefined ? undefined : new Date(at).toISOString().slice(0, 16));
  }
  return times;
};

describe('a cron expression', () => {
  it.each([
    ['cron(0 10 * * ? *)', '2026-11-23T09:59:59', ['2026-11-23T10:00', '2026-11-24T10:00']],
    ['cron(0 10 * * ? *)', '2026-11-23T10:00', ['2026-11-24T10:00']],
    ['cron(0/15 * * * ? *)', '2026-11-23T23:31', ['2026-11-23T23:45', '2026-11-24T00:00']],
    [
      'cron(*/20 0 * * ? *)',
      '2026-11-23T12:00',
      ['2026-11-24T00:00', '2026-11-24T00:20', '2026-11-24T00:40', '2026-11-25T00:00'],
    ],
    [
      'cron(10-20/5 8 * * ? *)',
      '2026-11-23T08:11',
      ['2026-11-23T08:15', '2026-11-23T08:20', '2026-11-24T08:10'],
    ],
    ['cron(5,1 0,12 * * ? *)', '2026-11-23T00:01', ['2026-11-23T00:05', '2026-11-23T12:01']],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-20T18:00', ['2026-11-23T18:00']],
    ['cron(0 0 ? * 1 *)', '2026-11-23T00:00', ['2026-11-29T00:00']],
    ['cron(0 8 1 * ? *)', '2026-11-23T00:00', ['2026-12-01T08:00', '2027-01-01T08:00']],
    [
      'cron(0 0 31 * ? *)',
      '2026-11-23T00:00',
      ['2026-12-31T00:00', '2027-01-31T00:00', '2027-03-31T00:00'],
    ],
    ['cron(0 0 29 FEB ? *)', '2026-11-23T00:00', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(0 0 L * ? *)', '2027-02-01T00:00', ['2027-02-28T00:00', '2027-03-31T00:00']],
    ['cron(0 0 15W * ? *)', '2026-11-01T00:00', ['2026-11-16T00:00', '2026-12-15T00:00']],
    ['cron(0 0 1W * ? *)', '2026-08-01T00:00', ['2026-08-03T00:00']],
    ['cron(0 0 31W MAY ? *)', '2026-05-01T00:00', ['2026-05-29T00:00']],
    ['cron(0 0 ? * 2#1 *)', '2026-11-23T00:00', ['2026-12-07T00:00', '2027-01-04T00:00']],
    ['cron(0 0 ? * FRIL *)', '2026-11-23T00:00', ['2026-11-27T00:00', '2026-12-25T00:00']],
    ['cron(0 0 ? * L *)', '2026-11-23T00:00', ['2026-11-28T00:00']],
    [
      'cron(0 0 1 JAN,jul ? 2026-2027)',
      '2026-11-23T00:00',
      ['2027-01-01T00:00', '2027-07-01T00:00', undefined],
    ],
  ])('%s after %s fires at %j', (expression, from, times) => {
    expect(next(expression, from, times.length)).toEqual(times);
  });

  it.each([
    ['cron(0 10 * * *)', 'has 5 fields instead of 6'],
    ['cron(0 10 * * ? * *)', 'has 7 fields instead of 6'],
    ['cron(0 10 * * * *)', 'Exactly one of day-of-month and day-of-week must be ?'],
    ['cron(0 10 ? * ? *)', 'Exactly one of day-of-month and day-of-week must be ?'],
    ['cron(60 10 * * ? *)', '60 is not a value of the minutes field'],
    ['cron(0 24 * * ? *)', 'hours'],
    ['cron(0 0 0 * ? *)', 'day-of-month'],
    ['cron(0 0 ? * 8 *)', 'day-of-week'],
    ['cron(0 0 ? * MON#6 *)', 'week of the month'],
    ['cron(0 0 * FOO ? *)', 'month'],
    ['cron(0 0 * * ? 1969)', 'year'],
    ['cron(0/0 0 * * ? *)', 'minutes'],
    ['cron(5-1 0 * * ? *)', 'minutes'],
    ['cron(? 0 * * ? *)', 'minutes'],
    ['cron(1/2/3 0 * * ? *)', 'minutes'],
    ['cron( )', 'fields'],
  ])('%s is refused: %s', (expression, reason) => {
    expect(() => parseScheduleExpression(expression)).toThrow(InvalidSchedule);
    expect(() => parseScheduleExpression(expression)).toThrow(reason);
  });
});

describe('a rate', () => {
  it.each([
    ['rate(1 minute)', '2026-11-23T00:01'],
    ['rate(5 minutes)', '2026-11-23T00:05'],
    ['rate(1 hour)', '2026-11-23T01:00'],
    ['rate(2 days)', '2026-11-25T00:00'],
  ])('%s fires at %s', (expression, time) => {
    expect(next(expression, '2026-11-23T00:00')).toEqual([time]);
  });

  it.each(['rate(0 minutes)', 'rate(1 minutes)', 'rate(5 minute)', 'rate(5 seconds)', 'rate()'])(
    '%s is refused',
    (expression) => {
      expect(() => parseScheduleExpression(expression)).toThrow(InvalidSchedule);
    },
  );
});

describe('another expression', () => {
  it.each(['at(2026-11-23T00:00:00)', 'every minute'])('such as %s is told what to use', (text) => {
    expect(() => parseScheduleExpression(text)).toThrow('use rate(5 minutes) or cron(0 8 * * ? *)');
  });
});
