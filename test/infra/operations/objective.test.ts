import { describe, expect, it } from 'vitest';
import { ErrorBudget } from '../../../infra/index.ts';
import { booking } from '../support/booking.ts';
import { emptyBundle, functionMaker, stackOf } from '../support/parts.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { at, listOf, ofType, type Template, textOf } from '../support/template.ts';
import { alarmsOf, metricsRead } from './walk-alarms.ts';

const bundle = emptyBundle();

const templateWith = (environment: Readonly<Record<string, string>>): Template =>
  placeholderApp(booking, { environment }).synth().getStackByName('antipode-booking-primary')
    .template as Template;

const objective = { AVAILABILITY_PERCENT: '99.9', ALARM_EMAIL: 'on-call@example.com' };
const template = templateWith(objective);

const windows = alarmsOf(template).filter(([id]) => id.startsWith('ErrorBudget'));
const composites = ofType(template, 'AWS::CloudWatch::CompositeAlarm');

describe('the objective of an API', () => {
  it('has a fast and a slow alarm, each of a long and a short window', () => {
    const told = windows.map(([, { Properties }]) => {
      const periods = listOf(Properties['Metrics']).flatMap(
        (one) => at(one, 'MetricStat', 'Period') ?? [],
      );
      return [textOf(Properties['AlarmName']), Properties['Threshold'], new Set(periods)];
    });
    const name = (suffix: string) => `antipode-booking-api-budget-${suffix}`;
    expect(told).toEqual([
      [name('fast-long'), 1.44, new Set([3_600])],
      [name('fast-short'), 1.44, new Set([300])],
      [name('slow-long'), 0.6, new Set([21_600])],
      [name('slow-short'), 0.6, new Set([1_800])],
    ]);
  });

  it('tells people when both windows are above, and not for one of them', () => {
    expect(windows.flatMap(([, { Properties }]) => Properties['AlarmActions'] ?? [])).toEqual([]);
    const told = composites.map(([, { Properties }]) => [
      textOf(Properties['AlarmRule']).replaceAll(/ErrorBudget|[0-9A-F]{8}|"/g, ''),
      listOf(Properties['AlarmActions']).length,
    ]);
    expect(told).toEqual([
      ['(ALARM(FastLong.Arn) AND ALARM(FastShort.Arn))', 1],
      ['(ALARM(SlowLong.Arn) AND ALARM(SlowShort.Arn))', 1],
    ]);
  });

  it('counts errors, answers from 500 and refused requests as failed', () => {
    for (const [, alarm] of windows) {
      expect(
        metricsRead(alarm)
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual(['ApiFailed', 'Errors', 'Invocations', 'Throttles'].toSorted());
    }
  });

  it('is not there by default', () => {
    const plain = templateWith({});
    expect(ofType(plain, 'AWS::CloudWatch::CompositeAlarm')).toEqual([]);
    expect(alarmsOf(plain).filter(([id]) => id.startsWith('ErrorBudget'))).toEqual([]);
  });

  it.each([94.9, 100, Number.NaN])('is refused where no alarm could watch it: %s %%', (percent) => {
    const stack = stackOf();
    const api = functionMaker(bundle)(stack, 'api', {});
    const metrics = { namespace: 'Shop', service: 'box' };
    expect(
      () => new ErrorBudget(stack, 'Budget', { api, metrics, availabilityPercent: percent }),
    ).toThrow(/^availabilityPercent of us-east-1\/Budget is .*, use 95 to 99.999$/);
  });
});
