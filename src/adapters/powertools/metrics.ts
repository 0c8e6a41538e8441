import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Metrics } from '../../domain/kernel/index.ts';

/** Metrics of one invocation; `flush` writes them as one line in CloudWatch's embedded format. */
export interface InvocationMetrics extends Metrics {
  /** Call it when the invocation ends; writes nothing when nothing was counted. */
  readonly flush: () => void;
}

/**
 * Writes the metrics of an invocation by the service, and by the version as well. Powertools' own
 * dimensions take the place of that with the service alone, and bundles leave them out.
 */
const publishByVersion = (powertools: PowertoolsMetrics, version: string): void => {
  const { _aws, ...values } = powertools.serializeMetrics();
  const CloudWatchMetrics = _aws.CloudWatchMetrics.map((directive) => ({
    ...directive,
    Dimensions: [...directive.Dimensions, ['service', 'version']],
  }));
  const line = JSON.stringify({ _aws: { ..._aws, CloudWatchMetrics }, ...values, version });
  // Lambda puts a prefix before the lines of the console, and CloudWatch reads JSON alone.
  process.stdout.write(`${line}\n`);
  powertools.clearMetrics();
};

/**
 * Puts Powertools metrics behind the kernel's port; namespace and service come from its environment
 * variables.
 *
 * @param version the version of the function that runs. The metrics of an invocation that counts
 * `ApiFailed` are counted by it as well, unless it is `$LATEST`: a new version is then judged by
 * its own failures. Others are not, since each value of a dimension is a metric that is paid for.
 */
export const createPowertoolsMetrics = (
  powertools = new PowertoolsMetrics(),
  version = '$LATEST',
): InvocationMetrics => {
  let isFailed = false;
  return {
    add: (name, value) => {
      powertools.addMetric(
        name,
        name.endsWith('Ms') ? MetricUnit.Milliseconds : MetricUnit.Count,
        value,
      );
      isFailed ||= name === 'ApiFailed' && version !== '$LATEST';
    },
    flush: () => {
      if (!powertools.hasStoredMetrics()) return;
      if (isFailed) publishByVersion(powertools, version);
      else powertools.publishStoredMetrics();
      isFailed = false;
    },
  };
};
