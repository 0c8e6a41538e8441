import type { Route } from 'antipode-local-dsql/http';
import type { LocalClock } from '../../clock.ts';
import {
  type MappingDefinition,
  mappingRoute,
  type RunningMapping,
  startMapping,
} from '../../event-sources/index.ts';
import type { InvocableFunction } from '../../lambda/index.ts';
import type { Outage } from '../../outage.ts';
import type { Sqs } from '../../sqs/index.ts';
import { numberOf, objectOf, stringOf, stringsOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { namedFunction } from '../../template/named-function.ts';

/** Lambda's default of a batch of a queue. */
const batchSizeDefault = 10;

/** Reads a mapping. Its template has been checked: its function and its queue exist. */
export const mappingOf = (mapping: Resource, resources: readonly Resource[]): MappingDefinition => {
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
  readonly functionByArn: (arn: string) => InvocableFunction | undefined;
  readonly sqs: Pick<Sqs, 'byArn'>;
  readonly clock: LocalClock;
  /** While it lasts, no queue is read. */
  readonly outage: Outage;
  readonly onLog: (line: { readonly functionName: string; readonly line: string }) => void;
};

/** The event source mappings of a Region. */
export interface RegionMappings {
  readonly route: Route;
  /**
   * Starts to read a queue, or reads it in another way from the next batch on.
   *
   * @throws {Error} when there is no such queue or function.
   */
  readonly put: (definition: MappingDefinition) => void;
  /** Ends the reading. A batch that is under way ends with its function. */
  readonly remove: (id: string) => void;
  /** Resolves when no message waits in a queue that a mapping reads, and no batch is under way. */
  readonly idle: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A Region without mappings. */
export const createRegionMappings = (deps: RegionMappingsDeps): RegionMappings => {
  const { functionByArn, sqs, clock, outage, onLog } = deps;
  const running = new Map<string, RunningMapping>();
  const remove = (id: string): void => {
    running.get(id)?.stop();
    running.delete(id);
  };
  return {
    put: (definition) => {
      const { id, functionArn, queueArn } = definition;
      const target = functionByArn(functionArn);
      const queue = sqs.byArn(queueArn);
      if (!target || !queue) throw new Error(`there is no ${target ? queueArn : functionArn}`);
      remove(id);
      const functionName = target.configuration.name;
      const log = (line: string) => onLog({ functionName, line });
      running.set(id, startMapping({ definition, queue, target, clock, outage, onLog: log }));
    },
    remove,
    route: mappingRoute(() => [...running.values()].map((one) => one.definition), clock.now()),
    idle: async () => {
      await Promise.all([...running.values()].map((one) => one.idle()));
    },
    stop: async () => {
      for (const one of running.values()) one.stop();
    },
  };
};
