import type { MemoryDatabase, MemoryRepository } from '../../../adapters/memory/index.ts';
import type {
  AnyService,
  EventPublisher,
  ExpiredRecords,
  IdempotencyStore,
  OrderedEvents,
  Outbox,
  Retrier,
  UnitOfWork,
} from '../../../domain/kernel/index.ts';
import type { BusRule, Crossing } from '../cloud/event-bus.ts';
import type { SimulatedFunction } from '../cloud/lambda.ts';
import type { SimulatedProcess } from '../machine/process.ts';
import type { SeedTimes } from './scenario.ts';

/** The process that a part is made for, and the bus as it reaches it. */
export type PartOwner = Pick<SimulatedProcess, 'region' | 'clock' | 'random' | 'ids'> & {
  readonly bus: EventPublisher;
};

/** A handler of a function. */
export type SimulatedHandler = ReturnType<SimulatedFunction['init']>;

type Replacement<Part> = (part: Part, owner: PartOwner) => Part;

/**
 * Parts of a service that a test replaces by wrong ones, to see that the oracles find it. Each
 * function gets the right part.
 */
export type Substitutions = {
  /** The times of the service. */
  readonly times?: (times: SeedTimes) => SeedTimes;
  /** The declaration of each version. */
  readonly declaration?: (service: AnyService, version: number) => AnyService;
  /** The rows of the database, for both Regions. */
  readonly rows?: (database: MemoryDatabase) => MemoryDatabase;
  /** The way of one process to the database. */
  readonly database?: Replacement<MemoryDatabase>;
  /** The handler of each function. */
  readonly handler?: (handler: SimulatedHandler, functionName: string) => SimulatedHandler;
  /** The repository of each process. */
  readonly repository?: Replacement<MemoryRepository<unknown, unknown>>;
  /** The unit of work of each process. */
  readonly unitOfWork?: Replacement<UnitOfWork<unknown, unknown>>;
  /** The outbox of each process. */
  readonly outbox?: Replacement<Outbox>;
  /** The store of leases of each process. */
  readonly store?: Replacement<IdempotencyStore>;
  /** The deletion of expired records. */
  readonly records?: Replacement<ExpiredRecords>;
  /** The waiting events of ordered consumers. */
  readonly ordered?: Replacement<OrderedEvents>;
  /** The retrier of each process. */
  readonly retrier?: Replacement<Retrier>;
  /** The way of each process to the bus. */
  readonly publisher?: Replacement<EventPublisher>;
  /** The relay's takeover age. Milliseconds. */
  readonly takeoverAgeMs?: (ms: number) => number;
  /** The rules of the buses. */
  readonly rules?: (rules: readonly BusRule[]) => readonly BusRule[];
  /** The parts of the outbox that a relay works on. */
  readonly shards?: (shards: readonly number[], region: string) => readonly number[];
  /** Whether the ordered consumers' events wait in the database. */
  readonly isUnordered?: true;
  /** Which events the rule between the Regions copies. */
  readonly crosses?: (crosses: Crossing) => Crossing;
  /** The text of a dead letter, as an operator's command hands it to its function. */
  readonly redriven?: (text: string) => string;
  /** Keeps a dead letter: `false` loses it. */
  readonly keepsDeadLetter?: () => boolean;
};
