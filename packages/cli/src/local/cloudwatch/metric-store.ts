/** A metric by which CloudWatch keeps values apart. */
export type Metric = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
};

/** The values of metrics in one Region, for the alarms that something here acts on. */
export interface MetricStore {
  readonly add: (metric: Metric, value: number) => void;
  /** The values from a time to before another one, milliseconds since the epoch. */
  readonly values: (metric: Metric, from: number, to: number) => readonly number[];
}

/** Values of one metric that are kept: more than a canary has requests here. */
const valuesMax = 10_000;

const keyOf = ({ namespace, name, dimensions }: Metric): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).toSorted()]);

type Value = { readonly at: number; readonly value: number };

/** Keeps the last values of each metric in memory. */
export const createMetricStore = (now: () => number): MetricStore => {
  const series = new Map<string, Value[]>();
  return {
    add: (metric, value) => {
      const key = keyOf(metric);
      const values = series.get(key) ?? [];
      series.set(key, values);
      values.push({ at: now(), value });
      if (values.length > valuesMax) values.shift();
    },
    values: (metric, from, to) =>
      (series.get(keyOf(metric)) ?? [])
        .filter(({ at }) => at >= from && at < to)
        .map(({ value }) => value),
  };
};
