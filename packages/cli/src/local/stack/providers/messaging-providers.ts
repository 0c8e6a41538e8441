import type { ResourceProvider } from '../../deployment/index.ts';
import { readArchive, readRule } from '../../eventbridge/index.ts';
import { readSchedule } from '../../scheduler/index.ts';
import { readQueue } from '../../sqs/index.ts';
import type { RegionParts } from '../connect-services.ts';
import { mappingOf } from '../plan/mappings.ts';
import { readWith } from '../plan/read-resource.ts';
import { provided, resourcesWith } from './provided.ts';

type Parts = (region: string) => RegionParts;

const arnOf = ({ attributes }: { readonly attributes: Readonly<Record<string, unknown>> }) =>
  String(attributes['Arn']);

const queues = (parts: Parts): ResourceProvider => {
  const provider = provided(
    (queue) => parts(queue.region).services.sqs.put(readWith(readQueue, queue)),
    (queue) => parts(queue.region).services.sqs.remove(arnOf(queue)),
  );
  return {
    ...provider,
    create: async (queue, context) => {
      if (parts(queue.region).services.sqs.byArn(arnOf(queue))) {
        throw new Error(
          `Resource of type 'AWS::SQS::Queue' with identifier '${queue.ref}' already exists.`,
        );
      }
      return provider.create(queue, context);
    },
  };
};

/** The providers of queues, buses, rules, archives, schedules and event source mappings. */
export const messagingProviders = (parts: Parts): Readonly<Record<string, ResourceProvider>> => ({
  'AWS::SQS::Queue': queues(parts),
  'AWS::Events::EventBus': provided(
    ({ region, ref }) => parts(region).events.bridge.putBus(ref),
    ({ region, ref }) => parts(region).events.bridge.removeBus(ref),
  ),
  'AWS::Events::Rule': provided(
    (resource) => {
      const { bridge, schedules } = parts(resource.region).events;
      const rule = readWith(readRule, resource);
      bridge.putRule(rule);
      schedules.putRule(bridge, rule);
    },
    (resource) => {
      const { bridge, schedules } = parts(resource.region).events;
      schedules.removeRule(arnOf(resource));
      bridge.removeRule(arnOf(resource));
    },
  ),
  'AWS::Events::Archive': provided(
    (archive) => parts(archive.region).events.bridge.putArchive(readWith(readArchive, archive)),
    (archive) => parts(archive.region).events.bridge.removeArchive(arnOf(archive)),
  ),
  'AWS::Scheduler::Schedule': provided(
    (schedule) => parts(schedule.region).events.schedules.put(readWith(readSchedule, schedule)),
    (schedule) => parts(schedule.region).events.schedules.remove(arnOf(schedule)),
  ),
  'AWS::Lambda::EventSourceMapping': provided(
    (mapping, context) => {
      const { mappings } = parts(mapping.region);
      mappings.put(mappingOf(mapping, resourcesWith(mapping, context)));
    },
    ({ region, ref }) => parts(region).mappings.remove(ref),
  ),
});
