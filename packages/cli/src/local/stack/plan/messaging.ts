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
} from '../../eventbridge/index.ts';
import type { InvocableFunction, LocalFunction } from '../../lambda/index.ts';
import type { Outage } from '../../outage.ts';
import { type Schedules, schedulerRoute, startSchedules } from '../../scheduler/index.ts';
import type { Sqs } from '../../sqs/index.ts';
import { localAccount } from '../../template/identities.ts';
import type { Resource } from '../../template/model.ts';
import { createPolicies } from '../../template/policies.ts';

const account = localAccount;

export type RegionEventsDeps = {
  readonly region: string;
  /** Everything that is deployed, in all Regions. */
  readonly resources: () => readonly Resource[];
  readonly functionByArn: (arn: string) => InvocableFunction | undefined;
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
  readonly schedules: Schedules;
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
  return (busName, source, principalArn = person) =>
    createPolicies(resources()).busDenies(busArn(region, account, busName), {
      principalArn,
      source,
    });
};

/** A Region with its default bus alone. */
export const startRegionEvents = (deps: RegionEventsDeps): RegionEvents => {
  const { region, functionByArn, sqs, network, clock, outage } = deps;
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
    buses: [],
    rules: [],
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
    schedules: [],
    targets,
    clock,
    outage,
    ...watched,
  });
  return {
    bridge,
    schedules,
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
