import { describe, expect, it } from 'vitest';
import {
  createMetricStore,
  embeddedMetrics,
  evaluateAlarm,
} from '../../../../../packages/cli/src/local/cloudwatch/index.ts';
import type { JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';

const minuteMs = 100;
const metric = { namespace: 'N', name: 'Errors', dimensions: { F: 'f' } };
const own = { Namespace: 'N', MetricName: 'Errors', Dimensions: [{ Name: 'F', Value: 'f' }] };

const alarm = (properties: JsonObject = {}): JsonObject => ({
  ...{ ...own, Statistic: 'Sum', Period: 60, EvaluationPeriods: 5, DatapointsToAlarm: 2 },
  ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching' },
  ...properties,
});

/** A store in which each value is added in a minute of its own, and the state in the last one. */
const stateAfter = (minutes: readonly (readonly number[])[], properties: JsonObject) => {
  let time = 1_000_000;
  const now = () => time;
  const metrics = createMetricStore(now);
  for (const [index, values] of minutes.entries()) {
    if (index > 0) time += minuteMs;
    for (const value of values) metrics.add(metric, value);
  }
  return evaluateAlarm(properties, { metrics, now, minuteMs });
};

describe('an alarm', () => {
  it.each([
    ['as many minutes as it needs are above', [[2], [2]], 'ALARM'],
    ['they have others between them', [[2], [0], [1, 1]], 'ALARM'],
    ['one minute is above', [[2], [1]], 'OK'],
    ['they are longer ago than it looks back', [[2], [2], [0], [0], [0], [0]], 'OK'],
    ['no minute has a value', [[], []], 'INSUFFICIENT_DATA'],
  ] as const)('is right when %s', (_, minutes, state) => {
    expect(stateAfter(minutes, alarm()).value).toBe(state);
  });

  it('says which values breach it', () => {
    expect(stateAfter([[2], [3]], alarm()).reason).toBe(
      '2 of 5 datapoints [3, 2] breach the threshold (1); 2 are needed.',
    );
  });

  it('takes a missing value for a breach where it says so', () => {
    expect(stateAfter([[0]], alarm({ TreatMissingData: 'breaching' })).value).toBe('ALARM');
  });

  it.each([
    ['p90', [1, 1, 1, 1, 1, 1, 1, 1, 9, 9], 'ALARM'],
    ['p90', [1, 1, 1, 1, 1, 1, 1, 1, 1, 9], 'OK'],
    ['p50', [1, 9, 9], 'ALARM'],
  ])('reads %s of %j', (statistic, values, state) => {
    const one = { EvaluationPeriods: 1, DatapointsToAlarm: 1 };
    const { Statistic: _, ...others } = alarm({ ...one, ExtendedStatistic: statistic });
    expect(stateAfter([values], others).value).toBe(state);
  });

  it('reads an expression, in which a missing metric may be filled', () => {
    const stat = (id: string, statistic: string): JsonObject => ({
      ...{ Id: id, ReturnData: false },
      MetricStat: { Metric: own, Period: 60, Stat: statistic },
    });
    const Metrics = [
      { Id: 'share', Expression: '100*FILL(sum,0)/count' },
      stat('sum', 'Sum'),
      stat('count', 'SampleCount'),
    ];
    const { Namespace: _, MetricName: __, Dimensions: ___, ...others } = alarm({ Metrics });
    expect(
      stateAfter(
        [
          [1, 0],
          [0, 0, 1],
        ],
        others,
      ).value,
    ).toBe('ALARM');
    expect(stateAfter([[0], [0]], others).value).toBe('OK');
  });

  it('is refused for a statistic that does not run here', () => {
    expect(() => stateAfter([[1]], alarm({ Statistic: 'TM90' }))).toThrow(
      'the statistic TM90 does not run here; use Sum, Average or p90',
    );
  });
});

describe('metrics in a line of a log', () => {
  const line = JSON.stringify({
    _aws: {
      CloudWatchMetrics: [
        {
          Namespace: 'Antipode/shop',
          Dimensions: [['service', 'version'], ['service']],
          Metrics: [{ Name: 'ApiFailed' }, { Name: 'OccConflict' }],
        },
      ],
    },
    ...{ service: 'shop', version: '2', ApiFailed: 1, OccConflict: [1, 2] },
  });

  it('are counted once for each set of dimensions', () => {
    const found = embeddedMetrics(line).map(
      ({ metric: { namespace, name, dimensions }, value }) => [
        ...[namespace, name, Object.values(dimensions).join(' '), value],
      ],
    );
    expect(found).toEqual([
      ['Antipode/shop', 'ApiFailed', 'shop 2', 1],
      ['Antipode/shop', 'OccConflict', 'shop 2', 1],
      ['Antipode/shop', 'OccConflict', 'shop 2', 2],
      ['Antipode/shop', 'ApiFailed', 'shop', 1],
      ['Antipode/shop', 'OccConflict', 'shop', 1],
      ['Antipode/shop', 'OccConflict', 'shop', 2],
    ]);
  });

  it.each(['INFO started', '{"a":1}', 'the text "_aws" without JSON', '{"_aws":1'])(
    'are not in %s',
    (text) => {
      expect(embeddedMetrics(text)).toEqual([]);
    },
  );
});
