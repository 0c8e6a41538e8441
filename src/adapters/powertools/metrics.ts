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
 */
export const createPowertoolsMetrics = (
  powertools = new PowertoolsMetrics(),
): InvocationMetrics => ({
  add: (name, value) =>
    powertools.addMetric(
      name,
      name.endsWith('Ms') ? MetricUnit.Milliseconds : MetricUnit.Count,
      value,
    ),
  flush: () => {
    if (powertools.hasStoredMetrics()) powertools.publishStoredMetrics();
  },
});
