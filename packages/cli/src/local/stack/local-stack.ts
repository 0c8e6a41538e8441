import type { DsqlEndpoint, FailurePlan } from 'antipode-local-dsql';
import type { Route } from 'antipode-local-dsql/http';
import type { StackIdentity } from 'antipode-local-dsql/runs';
import type { LocalClock } from '../clock.ts';
import type { Deployments } from '../deployment/index.ts';
import type {
  BusNetwork,
  EventBridge,
  EventBridgeObserver,
  FailureShares,
  InjectedDeliveryFailures,
  PlannedCrashes,
} from '../eventbridge/index.ts';
import type { VersionedFunction } from '../lambda/index.ts';
import type { Sqs } from '../sqs/index.ts';
import type { Invocation, LogLine } from './region-services.ts';

/** Failures that a stack has from its start. The deployment is spared. */
export type StackFailures = {
  /** Of the buses, and of the processes that publish. */
  readonly events: FailureShares;
  /** Of the DSQL endpoints of both Regions. */
  readonly dsql: Partial<FailurePlan>;
  /** The Regions that are stopped. */
  readonly stopped: readonly string[];
  readonly isLinkCut: boolean;
};

/** The app that a local stack runs, its Regions, its ports and its folders. */
export type StackOptions = {
  /**
   * Folder of a synthesized app, or the promise of one: PostgreSQL starts meanwhile. Without it the
   * stack is empty, and waits for deployments.
   */
  readonly assembly?: string | Promise<string>;
  /** The Regions of a stack without an app; us-east-1 and us-west-2 unless given. */
  readonly regions?: readonly string[];
  /** Ports of the HTTP services in the order of the Regions; a free one where absent or 0. */
  readonly httpPorts?: readonly number[];
  /** Ports of the DSQL endpoints, likewise. */
  readonly dsqlPorts?: readonly number[];
  /** Folder that keeps the data; without it the data goes with the stack. */
  readonly dataDir?: string;
  /** Folder for the files of this run; a temporary one unless given. */
  readonly scratchDir?: string;
  /**
   * Certificate and keys of the DSQL endpoints, asked for once the HTTP ports are open; new ones
   * unless given.
   */
  readonly identity?: (regions: readonly string[]) => StackIdentity;
  /** The clock of schedules and retries; real time unless given. */
  readonly clock?: LocalClock;
  /**
   * How long a minute of a canary lasts here, also in the periods of the alarms that stop it; a
   * second unless given. Milliseconds.
   */
  readonly canaryMinuteMs?: number;
  /** Resource types to leave out. */
  readonly ignoredTypes?: readonly string[];
  /** Receives one line for each stage of the start. */
  readonly onProgress?: (line: string) => void;
  /** Receives every line that a function writes. */
  readonly onLog?: (line: LogLine) => void;
  /** Receives every invocation that ended, synchronous or not, with its answer. */
  readonly onInvocation?: (invocation: Invocation) => void;
  /** Failures from the start; `failures` has its own, such as those of a test, instead. */
  readonly startFailures?: StackFailures;
  /** Those failures as a person has written them, for the console. */
  readonly faults?: string;
  /** Duplicates and disorder among deliveries, such as `seededFailures`. */
  readonly failures?: InjectedDeliveryFailures;
  /** Watches the events of a Region. */
  readonly eventObserver?: (region: string) => EventBridgeObserver;
  /** Sees each HTTP request of a Region before its services do, and may answer in their place. */
  readonly interceptor?: (region: string) => Route;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
};

/** One Region of a running stack. */
export type StackRegion = {
  readonly region: string;
  /** Origin of Lambda, EventBridge, SQS and DSQL's control plane. */
  readonly url: string;
  /** `host:port` of the DSQL cluster, where the Region has one. */
  readonly dsqlEndpoint: string | undefined;
  /** The network and the injected failures of that endpoint. */
  readonly dsql: Pick<DsqlEndpoint, 'network' | 'failures'> | undefined;
  readonly functions: ReadonlyMap<string, VersionedFunction>;
  /** Addresses of the functions that have one. */
  readonly functionUrls: ReadonlyMap<string, string>;
  readonly sqs: Sqs;
  readonly events: EventBridge;
  /**
   * Resolves when no function runs and no event is on its way in this Region; retries count as on
   * their way. A stopped Region is idle.
   */
  readonly idle: () => Promise<void>;
  /** Whether the Region is not stopped. */
  readonly isRunning: () => boolean;
  /**
   * Loses the Region: its functions are killed in the middle of their invocations, its ports refuse
   * and drop connections, its schedules do not come due. Its buses, queues and asynchronous
   * invocations keep what they have accepted, until the Region is started again.
   */
  readonly stop: () => Promise<void>;
  /**
   * Brings a stopped Region back, with what it had kept.
   *
   * @throws {Error} with one line when another process has taken one of its ports meanwhile; the
   * Region is still stopped then
   */
  readonly start: () => Promise<void>;
};

/** A running app. */
export interface LocalStack {
  /** The primary Region first. */
  readonly regions: readonly StackRegion[];
  /** The outputs of each stack by name, as they are now. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The stacks: what is deployed, and the way to change it. */
  readonly deployments: Deployments;
  /** Cuts and restores the links between the Regions' buses. */
  readonly network: BusNetwork;
  /** Kills processes that publish, in any Region. */
  readonly crashes: PlannedCrashes;
  /** Resolves when every Region is idle, and none has given another work meanwhile. */
  readonly idle: () => Promise<void>;
  /** Certificate of the authority behind the DSQL endpoints, PEM. */
  readonly ca: string;
  /** Keys that sign tokens for the DSQL endpoints, as the person who runs it. */
  readonly dsqlKeys: StackIdentity['keys'];
  /**
   * Aborts with one line when something that the stack stands on has ended: nothing works any more,
   * and it must be stopped.
   */
  readonly failed: AbortSignal;
  /** Ends everything in order; nothing is left of it but the data folder. */
  readonly stop: () => Promise<void>;
}
