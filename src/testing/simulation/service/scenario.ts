import type { MemoryRepository } from '../../../adapters/memory/index.ts';
import type {
  AnyService,
  Clock,
  ConsumerContext,
  DomainEvent,
  Ids,
  Json,
  Outcome,
  Random,
  RunContext,
  Safety,
  ScheduleContext,
  ScheduleTick,
  WorkRunner,
} from '../../../domain/kernel/index.ts';
import type { SeededRandom } from '../machine/seeded-random.ts';
import type { History } from '../oracles/history.ts';

/** The parts that the code of one environment is wired from, as in a function of the service. */
export type SimulatedParts = {
  /** The Region of the environment. */
  readonly region: string;
  /** 1, or 2 behind the deployment of a seed. */
  readonly version: number;
  /** Virtual time. */
  readonly clock: Clock;
  /** Of the seed. */
  readonly random: Random;
  /** Of the seed. */
  readonly ids: Ids;
  /** Makes a runner over a repository in memory, as the runner of a function is made over SQL. */
  readonly runner: <Query, State, Event extends DomainEvent = DomainEvent>(
    repository: MemoryRepository<Query, State>,
  ) => WorkRunner<Query, State, Event>;
};

/** A request of a client. */
export type SimulatedCommand = {
  /** Its idempotency key: two requests of one key are one command. */
  readonly key: string;
  /** The request as `api` takes it. */
  readonly request: Json;
};

/** A promise that a seed has broken. */
export type Violation = {
  /** The name of the oracle. */
  readonly oracle: string;
  /** A sentence: which promise, and where it is broken. */
  readonly message: string;
};

/** Reads the rows of a table when a seed is over. */
export type FinalRows = <Row>(table: string) => readonly Row[];

/** A consumer, a schedule or an API of a version of a service. */
export type Wire<UseCase> = (parts: SimulatedParts) => UseCase;

/**
 * A service as the simulation plays it: its declaration, its code over repositories in memory, its
 * clients, and the promises of its own.
 */
export type Scenario = {
  /** The declaration of each version; both have the same consumers. */
  readonly declaration: (version: number) => AnyService;
  /** Answers a request; the result is an outcome of a command. */
  readonly api: Wire<(request: never, run: RunContext) => Promise<Outcome<Json>>>;
  /** The use case of each declared consumer, by its name in the inbox. */
  readonly consumers: {
    /** The use case, made for one environment. */
    readonly [name: string]: Wire<(event: never, run: ConsumerContext) => Promise<Outcome<Json>>>;
  };
  /** The schedules of the service's own, by their names. */
  readonly schedules?: {
    /** The period and the use case of one schedule. */
    readonly [name: string]: {
      /** Between two ticks. */
      readonly everySeconds: number;
      /** The use case, which passes `run` on to its runner. */
      readonly run: Wire<(tick: ScheduleTick, run: ScheduleContext) => Promise<Outcome<Json>>>;
    };
  };
  /** The requests of the clients, in the order in which they are sent. */
  readonly commands: (random: SeededRandom, count: number) => readonly SimulatedCommand[];
  /** Promises of the service's own, checked when the seed has come to rest. */
  readonly check?: (rows: FinalRows, history: History) => readonly Violation[];
};

/** The times of a seed's service. */
export type SeedTimes = Safety & { readonly functionTimeoutMs: number };
