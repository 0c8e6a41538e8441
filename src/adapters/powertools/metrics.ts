import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Metrics } from '../../domain/kernel/index.ts';

/** Metrics of one invocation; `flush` writes them as one line in CloudWatch's embedded format. */
export interface InvocationMetrics extends Metrics {
  /** Call it when the invocation ends; writes nothing when nothing was counted. */
  readonly flush: () => void;
}

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
): InvocationMetrics => ({
  add: (name, value) => {
    powertools.addMetric(
      name,
      name.endsWith('Ms') ? MetricUnit.Milliseconds : MetricUnit.Count,
      value,
    );
    if (name === 'ApiFailed' && version !== '$LATEST') {
      // A set of dimensions takes the place of that with the service alone.
      powertools.addDimensions({ version }).addDimensions({});
    }
  },
  flush: () => {
    if (powertools.hasStoredMetrics()) powertools.publishStoredMetrics();
  },
});
