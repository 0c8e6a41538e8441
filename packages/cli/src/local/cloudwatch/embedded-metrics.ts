import { type Json, listOf, numberOf, objectOf, stringOf, stringsOf } from '../template/json.ts';
import type { Metric } from './metric-store.ts';

const parsed = (line: string): Json => {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return null;
  }
};

/**
 * The values in a line of a log that is written in CloudWatch's embedded metric format: each metric
 * once for each set of dimensions.
 *
 * @see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const embeddedMetrics = (
  line: string,
): readonly { readonly metric: Metric; readonly value: number }[] => {
  // Most lines are none, and reading one costs more than looking for its mark.
  if (!line.includes('"_aws"')) return [];
  const document = objectOf(parsed(line.slice(Math.max(0, line.indexOf('{')))));
  return listOf(objectOf(document['_aws'])['CloudWatchMetrics'])
    .map(objectOf)
    .flatMap((directive) =>
      listOf(directive['Dimensions']).flatMap((set) => {
        const dimensions = Object.fromEntries(
          stringsOf(set).map((name) => [name, stringOf(document[name]) ?? '']),
        );
        return listOf(directive['Metrics']).flatMap((one) => {
          const name = stringOf(objectOf(one)['Name']) ?? '';
          const metric = { namespace: stringOf(directive['Namespace']) ?? '', name, dimensions };
          const values = [document[name] ?? []].flat();
          return values
            .map(numberOf)
            .filter((value) => value !== undefined)
            .map((value) => ({ metric, value }));
        });
      }),
    );
};
