import type { LogFields, Logger, MetricName, Metrics } from '../../domain/kernel/index.ts';

type Line = { readonly level: keyof Logger; readonly message: string; readonly fields: LogFields };

/** A logger that keeps its lines. */
export const createMemoryLogger = (): Logger & { readonly lines: readonly Line[] } => {
  const lines: Line[] = [];
  const at =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** Metrics that can be asked for their sums. */
export const createMemoryMetrics = (): Metrics & {
  /** The sum of all values of a metric; 0 where there are none. */
  readonly sum: (name: MetricName) => number;
} => {
  const sums = new Map<MetricName, number>();
  return {
    add: (name, value) => {
      sums.set(name, (sums.get(name) ?? 0) + value);
    },
    sum: (name) => sums.get(name) ?? 0,
  };
};
