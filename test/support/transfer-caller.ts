import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import type { ConnectionPool, IdempotencyRecords } from '../../src/adapters/dsql/index.ts';
import { isRetryable } from '../../src/domain/kernel/index.ts';
import { bankSchema, dsqlBank, type Transfer, transferWork } from './bank.ts';
import { unitOfWorkOn } from './dsql-adapter.ts';
import type { FaultyCluster } from './faulty-cluster.ts';
import type { Knowledge, Told } from './transfer-verdict.ts';

/** Breaks the unit of work in one place, to see that the checks notice. */
export type Mutation = {
  readonly records?: IdempotencyRecords;
  readonly connection?: (real: Connection) => Connection;
};

/** No fault strikes every time; a caller that comes to this is not served. */
const callsMax = 100;

/** The requests of callers and their results in one run. */
export type Tally = {
  /** Attempts of the unit of work, each with a connection. */
  attempts: number;
  calls: number;
  replayed: number;
  refused: number;
  /** Ids of transfers that were refused when an earlier call might still take effect. */
  readonly landable: Set<string>;
  readonly told: Told[];
  /** Answers that no caller should ever get, one line each. */
  readonly failures: string[];
};

export const newTally = (): Tally => ({
  ...{ attempts: 0, calls: 0, replayed: 0, refused: 0 },
  ...{ landable: new Set<string>(), told: [], failures: [] },
});

/** One client: a connection to each Region, and a unit of work on each. */
export const createClient = (cluster: FaultyCluster, tally: Tally, mutation: Mutation) => {
  const open = () =>
    ([0, 1] as const).map((region) => {
      const pool = cluster.poolThrough(region, mutation.connection);
      // Every attempt takes a connection, once.
      const counting: ConnectionPool = {
        ...pool,
        use: (work, deadline) => {
          tally.attempts += 1;
          return pool.use(work, deadline);
        },
      };
      const { unitOfWork } = unitOfWorkOn(counting, dsqlBank, bankSchema, mutation.records);
      return { pool, unitOfWork, region: cluster.regions[region] };
    });
  let sides = open();
  const close = () => Promise.all(sides.map(({ pool }) => pool.close()));

  /** Calls once, in the Region whose turn it is. */
  const call = async (transfer: Transfer, looks: boolean, turn: number, deadline: number) => {
    const side = sides[turn % sides.length];
    if (!side) throw new Error('no Region');
    const work = transferWork(transfer, { looks, region: side.region, deadline });
    return side.unitOfWork.execute(work);
  };
  return {
    call,
    close,
    /** Ahead of the first fault, or a start on a busy machine would look like one. */
    warmUp: () => Promise.all(sides.map(({ pool }) => pool.warmUp())),
    reopen: async () => {
      await close();
      sides = open();
    },
  };
};

export type Client = ReturnType<typeof createClient>;

export type TransferRequest = {
  readonly transfer: Transfer;
  /** Whether it reads what it decides on. */
  readonly looks: boolean;
  /** Whether its caller does not ask again. */
  readonly givesUp: boolean;
};

/** A caller's result of its transfer, which it sends again until it has an answer or gives up. */
export const transferOnce = async (
  client: Client,
  request: TransferRequest,
  tally: Tally,
  options: { readonly turn: number; readonly callMsMax: number },
): Promise<Knowledge> => {
  const { transfer, looks, givesUp } = request;
  let mayHaveHappened = false;
  const inDoubt = (): Knowledge => (mayHaveHappened ? 'unknown' : 'denied');
  for (let count = 0; count < callsMax; count += 1) {
    tally.calls += 1;
    const deadline = Date.now() + options.callMsMax;
    try {
      const outcome = await client.call(transfer, looks, options.turn + count, deadline);
      if (outcome.status === 'refused') {
        tally.refused += 1;
        if (mayHaveHappened) tally.landable.add(transfer.id);
        return inDoubt();
      }
      if (outcome.status === 'mismatched' || outcome.result.amount !== transfer.amount) {
        tally.failures.push(`${transfer.id} was answered with another one's outcome`);
      }
      if (outcome.status === 'replayed') tally.replayed += 1;
      return 'acknowledged';
    } catch (error) {
      if (!isRetryable(error)) {
        tally.failures.push(`${transfer.id} failed for good: ${String(error)}`);
        return 'unknown';
      }
      mayHaveHappened ||= error.kind === 'OutcomeUnknown';
      if (givesUp) return inDoubt();
    }
  }
  tally.failures.push(`${transfer.id} got no answer in ${callsMax} calls`);
  return inDoubt();
};
