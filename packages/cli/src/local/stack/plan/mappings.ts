import type { Route } from 'antipode-local-dsql/http';
import type { LocalClock } from '../../clock.ts';
import { type MappingDefinition, mappingRoute, startMapping } from '../../event-sources/index.ts';
import type { LocalFunction } from '../../lambda/index.ts';
import type { Outage } from '../../outage.ts';
import type { Sqs } from '../../sqs/index.ts';
import { numberOf, objectOf, stringOf, stringsOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { namedFunction } from '../../template/named-function.ts';

/** Lambda's default of a batch of a queue. */
const batchSizeDefault = 10;

/** Reads a mapping. Its template has been checked: its function and its queue exist. */
const mappingOf = (mapping: Resource, resources: readonly Resource[]): MappingDefinition => {
  const { properties, attributes, region, ref } = mapping;
  const fn = namedFunction(stringOf(properties['FunctionName']) ?? '', region, resources);
  return {
    id: ref,
    arn: String(attributes['EventSourceMappingArn']),
    queueArn: stringOf(properties['EventSourceArn']) ?? '',
    functionArn: String(fn?.attributes['Arn']),
    batchSize: numberOf(properties['BatchSize']) ?? batchSizeDefault,
    windowSeconds: numberOf(properties['MaximumBatchingWindowInSeconds']) ?? 0,
    concurrencyMax: numberOf(objectOf(properties['ScalingConfig'])['MaximumConcurrency']),
    reportsFailures: stringsOf(properties['FunctionResponseTypes']).includes(
      'ReportBatchItemFailures',
    ),
    isEnabled: properties['Enabled'] !== false,
  };
};

export type RegionMappingsDeps = {
  readonly region: string;
  /** Everything that the app has, resolved. */
  readonly resources: readonly Resource[];
  readonly functionByArn: (arn: string) => LocalFunction | undefined;
  readonly sqs: Pick<Sqs, 'byArn'>;
  readonly clock: LocalClock;
  /** While it lasts, no queue is read. */
  readonly outage: Outage;
  readonly onLog: (line: { readonly functionName: string; readonly line: string }) => void;
};

/** The event source mappings of a Region. */
export type RegionMappings = {
  readonly route: Route;
  /** Resolves when no message waits in a queue that a mapping reads, and no batch is under way. */
  readonly idle: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts them all: from now on their queues are read. */
export const startRegionMappings = (deps: RegionMappingsDeps): RegionMappings => {
  const { region, resources, functionByArn, sqs, clock, outage, onLog } = deps;
  const definitions = resources
    .filter((one) => one.region === region && one.type === 'AWS::Lambda::EventSourceMapping')
    .map((one) => mappingOf(one, resources));
  const running = definitions.flatMap((definition) => {
    const target = functionByArn(definition.functionArn);
    const queue = sqs.byArn(definition.queueArn);
    if (!target || !queue) return [];
    const functionName = target.configuration.name;
    const log = (line: string) => onLog({ functionName, line });
    return [startMapping({ definition, queue, target, clock, outage, onLog: log })];
  });
  return {
    route: mappingRoute(() => definitions, clock.now()),
    idle: async () => {
      await Promise.all(running.map((one) => one.idle()));
    },
    stop: async () => {
      for (const one of running) one.stop();
    },
  };
};
