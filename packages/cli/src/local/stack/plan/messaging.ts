import type { Route } from 'antipode-local-dsql/http';
import type { LocalClock } from '../../clock.ts';
import {
  type BusNetwork,
  busArn,
  createEventBridge,
  type Denies,
  type EventBridge,
  type EventBridgeObserver,
  type EventTargets,
  eventBridgeRoute,
  type InjectedDeliveryFailures,
  type PublishCrashes,
  readArchive,
  readRule,
} from '../../eventbridge/index.ts';
import type { LocalFunction } from '../../lambda/index.ts';
import type { Outage } from '../../outage.ts';
import { readSchedule, schedulerRoute, startSchedules } from '../../scheduler/index.ts';
import { createSqs, readQueue, type Sqs } from '../../sqs/index.ts';
import { localAccount } from '../../template/identities.ts';
import type { Resource } from '../../template/model.ts';
import { createPolicies } from '../../template/policies.ts';
import { readWith } from './read-resource.ts';

const account = localAccount;

const inRegion = (resources: readonly Resource[], region: string, type: string) =>
  resources.filter((resource) => resource.region === region && resource.type === type);

/** The queues of a Region. */
export const createRegionQueues = (
  region: string,
  resources: readonly Resource[],
  clock: LocalClock,
): Sqs => {
  const queues = inRegion(resources, region, 'AWS::SQS::Queue');
  return createSqs({ account, clock, queues: queues.map((queue) => readWith(readQueue, queue)) });
};

export type RegionEventsDeps = {
  readonly region: string;
  /** Everything that the app has, resolved. */
  readonly resources: readonly Resource[];
  readonly functionByArn: (arn: string) => LocalFunction | undefined;
  /** The functions of the Region, for failures of their processes. */
  readonly functions: ReadonlyMap<
    string,
    Pick<LocalFunction, 'crash' | 'hasProcess' | 'configuration'>
  >;
  readonly sqs: Sqs;
  readonly network: BusNetwork;
  readonly clock: LocalClock;
  readonly observer: EventBridgeObserver | undefined;
  readonly failures: InjectedDeliveryFailures | undefined;
  /** While it lasts nothing is delivered and no schedule comes due. */
  readonly outage: Outage;
};

/** The buses, rules and schedules of a Region. */
export type RegionEvents = {
  readonly bridge: EventBridge;
  readonly routes: readonly Route[];
  /** Resolves when nothing that was sent or has come due is on its way. */
  readonly idle: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Kills the processes of a Region that are to crash as they publish. */
const createCrashes = ({
  region,
  functions,
  failures,
}: Pick<RegionEventsDeps, 'region' | 'functions' | 'failures'>): PublishCrashes | undefined => {
  const draw = failures?.crash;
  if (!draw) return undefined;
  const functionOf = (accessKeyId: string) =>
    [...functions].find(([, one]) => one.hasProcess(accessKeyId));
  return {
    draw: (accessKeyId) => {
      const [functionName] = functionOf(accessKeyId) ?? [];
      return functionName === undefined ? undefined : draw({ region, functionName, accessKeyId });
    },
    kill: (accessKeyId) => functionOf(accessKeyId)?.[1].crash(accessKeyId),
  };
};

/** The person who runs the stack, as the policies of buses see one: a user of IAM. */
const person = `arn:aws:iam::${account}:user/local`;

/** The judgement of the policies of the buses of a Region. */
const createDenies = ({ region, resources }: RegionEventsDeps): Denies => {
  const { busDenies } = createPolicies(resources);
  return (busName, source, principalArn = person) =>
    busDenies(busArn(region, account, busName), { principalArn, source });
};

/** Starts them all: from now on events are delivered and schedules come due. */
export const startRegionEvents = (deps: RegionEventsDeps): RegionEvents => {
  const { region, resources, functionByArn, sqs, network, clock, outage } = deps;
  const { observer, failures } = deps;
  const watched = observer && { observer };
  const targets: EventTargets = {
    invokeAsync: async (arn, payload, traceHeader) => {
      const target = functionByArn(arn);
      target?.enqueue(payload, { traceHeader });
      return target ? 'accepted' : 'missing';
    },
    sendToQueue: sqs.sendToQueue,
    putOnBus: network.putOnBus,
  };
  const bridge = createEventBridge({
    region,
    account,
    buses: inRegion(resources, region, 'AWS::Events::EventBus').map(({ ref }) => ref),
    rules: inRegion(resources, region, 'AWS::Events::Rule').map((rule) => readWith(readRule, rule)),
    archives: inRegion(resources, region, 'AWS::Events::Archive').map((archive) =>
      readWith(readArchive, archive),
    ),
    targets,
    clock,
    outage,
    denies: createDenies(deps),
    ...watched,
    ...(failures && { failures }),
  });
  const roleOf = (accessKeyId: string) =>
    [...deps.functions.values()].find((one) => one.hasProcess(accessKeyId))?.configuration.template
      ?.roleArn;
  network.join(bridge);
  const schedules = startSchedules({
    schedules: inRegion(resources, region, 'AWS::Scheduler::Schedule').map((schedule) =>
      readWith(readSchedule, schedule),
    ),
    bridges: [bridge],
    targets,
    clock,
    outage,
    ...watched,
  });
  return {
    bridge,
    routes: [
      eventBridgeRoute(bridge, { roleOf, crashes: createCrashes(deps) }),
      schedulerRoute(schedules),
    ],
    idle: async () => {
      await Promise.all([bridge.idle(), schedules.idle()]);
    },
    stop: async () => {
      await Promise.all([bridge.stop(), schedules.stop()]);
    },
  };
};
