import { expect, it } from 'vitest';
import { onceForTick, readTick } from '../../../../src/domain/kernel/index.ts';

it('reads the same tick from each way to write its time', () => {
  const tick = { schedule: 'daily-report', scheduledTime: '2026-11-30T06:00:00.000Z' };
  for (const time of [
    '2026-11-30T06:00:00Z',
    '2026-11-30T06:00:00.000Z',
    '2026-11-30T08:00:00+02:00',
  ]) {
    expect(readTick('daily-report', time)).toEqual(tick);
  }
});

it.each([
  ['2026-11-30T06:59:59Z', '2026-11-30T06:00:00.000Z'],
  ['2026-11-30T06:00:00Z', '2026-11-30T06:00:00.000Z'],
  ['2026-11-30T07:00:00.001Z', '2026-11-30T07:00:00.000Z'],
])('takes %s for the tick of its hour where the schedule has a rate', (time, scheduledTime) => {
  expect(readTick('hourly', time, 3_600)).toEqual({ schedule: 'hourly', scheduledTime });
});

it('identifies a tick by the name of its schedule and by its time', () => {
  const keyOf = (name: string, time: string) => JSON.stringify(onceForTick(readTick(name, time)));
  const keys = [
    keyOf('a', '2026-11-30T06:00:00Z'),
    keyOf('a', '2026-11-30T06:00:01Z'),
    keyOf('b', '2026-11-30T06:00:00Z'),
  ];
  expect(new Set(keys).size).toBe(3);
  expect(keyOf('a', '2026-11-30T06:00:00.000Z')).toBe(keys[0]);
});

it.each(['', 'yesterday', '2026-11-30', '2026-13-30T06:00:00Z', '1764482400'])(
  'refuses the time %s',
  (time) => {
    expect(() => readTick('daily-report', time)).toThrow(/Send \{"scheduledTime"/);
  },
);

it('refuses a name that is none, and a period that is none', () => {
  expect(() => readTick('daily report', '2026-11-30T06:00:00Z')).toThrow(
    /^The name of a schedule must be a text of letters/,
  );
  for (const every of [0, -1, 0.5, Number.NaN]) {
    expect(() => readTick('a', '2026-11-30T06:00:00Z', every)).toThrow(/^everySeconds is /);
  }
});
