import { Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPowertoolsMetrics } from '../../../src/adapters/powertools/index.ts';

describe('the Powertools metrics', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  const setUp = () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line) => lines.push(String(line)));
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    });
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
    const powertools = new PowertoolsMetrics({ namespace: 'Antipode', serviceName: 'ledger' });
    const documents = () => lines.map((line) => JSON.parse(line));
    const metricsOf = (version?: string) => createPowertoolsMetrics(powertools, version);
    return { metrics: metricsOf(), metricsOf, documents };
  };

  const dimensionsOf = ({ _aws }: { _aws: { CloudWatchMetrics: { Dimensions: unknown }[] } }) =>
    _aws.CloudWatchMetrics[0]?.Dimensions;

  it('count a failed answer by the service, and by the published version too', () => {
    const { metricsOf, documents } = setUp();
    const metrics = metricsOf('7');
    metrics.add('CommandCommitted', 1);
    metrics.flush();
    metrics.add('ApiFailed', 1);
    metrics.flush();
    metrics.add('CommandCommitted', 1);
    metrics.flush();
    expect(documents().map(dimensionsOf)).toEqual([
      [['service']],
      [['service'], ['service', 'version']],
      [['service']],
    ]);
    expect(documents()[1]).toMatchObject({ ApiFailed: 1, version: '7' });
  });

  it.each([undefined, '$LATEST'])('know no version in %s', (version) => {
    const { metricsOf, documents } = setUp();
    const metrics = metricsOf(version);
    metrics.add('ApiFailed', 1);
    metrics.flush();
    expect(documents().map(dimensionsOf)).toEqual([[['service']]]);
  });

  it('write one document per invocation, with a unit for each name', () => {
    const { metrics, documents } = setUp();
    metrics.add('CommandCommitted', 1);
    metrics.add('RetryWaitMs', 12.5);
    metrics.flush();
    expect(documents()).toMatchObject([
      {
        CommandCommitted: 1,
        RetryWaitMs: 12.5,
        service: 'ledger',
        _aws: {
          CloudWatchMetrics: [
            {
              Namespace: 'Antipode',
              Metrics: [
                { Name: 'CommandCommitted', Unit: 'Count' },
                { Name: 'RetryWaitMs', Unit: 'Milliseconds' },
              ],
            },
          ],
        },
      },
    ]);
  });

  it('keep each value that was added', () => {
    const { metrics, documents } = setUp();
    metrics.add('OccConflict', 1);
    metrics.add('OccConflict', 1);
    metrics.flush();
    expect(documents()).toMatchObject([{ OccConflict: [1, 1] }]);
  });

  it('write nothing when nothing was counted, and nothing twice', () => {
    const { metrics, documents } = setUp();
    metrics.flush();
    expect(documents()).toEqual([]);
    metrics.add('EventHandled', 1);
    metrics.flush();
    metrics.flush();
    expect(documents()).toHaveLength(1);
  });
});
