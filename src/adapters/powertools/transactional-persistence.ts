import {
  IdempotencyItemNotFoundError,
  IdempotencyRecordStatus,
  IdempotencyValidationError,
} from '@aws-lambda-powertools/idempotency';
import { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import {
  type CommandRecords,
  InvariantViolation,
  type Json,
  type Once,
  type Outcome,
} from '../../domain/kernel/index.ts';
import { recordResponse } from '../../domain/kernel/work/recorded-response.ts';
import { alreadyExists, BoundPersistenceLayer } from './bound-persistence-layer.ts';

/** Time for the look at a key, where the caller did not say how long it may run. Milliseconds. */
const findMsMax = 10_000;

/** Stands for the hash of a payload that differs from the recorded one. */
const anotherPayload = 'another payload';

/**
 * The outcomes of a unit of work but `mismatched`: Powertools throws for another content under the
 * same key.
 */
export type MatchedOutcome<Result extends Json> = Exclude<
  Outcome<Result>,
  { readonly status: 'mismatched' }
>;

/** Settings of a `TransactionalPersistenceLayer`; all of them have a default. */
export type TransactionalPersistenceOptions = {
  /**
   * Whether a replay is found before the function runs, which costs every new command one flight
   * more. Otherwise the unit of work finds it in its own flight, and the function runs for a replay
   * too. Absent: true.
   */
  readonly findsFirst?: boolean;
};

/** A response, in the types of Powertools. */
type Response = Parameters<BoundPersistenceLayer['saveSuccess']>[1];

const onceOf = ({ idempotencyKey: key, payloadHash = '' }: IdempotencyRecord) =>
  ({ kind: 'command', key, fingerprint: payloadHash }) as const;

/**
 * Lets `makeIdempotent` be used around a function that runs one unit of work: the record is written
 * in the business transaction, so it exists if and only if the effect does, and nothing is written
 * before or after.
 *
 * The function calls `run` with the payload that it was given and returns the result of the work: a
 * replay is answered with that. A refusal is not kept. How long a record is kept is the unit of
 * work's matter, not `expiresAfterSeconds`.
 *
 * @example
 * const idempotency = new TransactionalPersistenceLayer(records);
 * const place = makeIdempotent(async (order: Order, context: Context) => {
 *   const outcome = await idempotency.run(order, (once) =>
 *     orders.run({ ...run(context), once, decide }),
 *   );
 *   return outcome.status === 'refused' ? { refused: outcome.refusal.code } : outcome.result;
 * }, { persistenceStore: idempotency, keyPrefix: 'orders.place', config });
 */
export class TransactionalPersistenceLayer extends BoundPersistenceLayer {
  readonly #records: CommandRecords;
  readonly #findsFirst: boolean;
  /**
   * The record that the unit of work of an invocation has written; `undefined` when the work was
   * refused.
   */
  readonly #recorded = new WeakMap<IdempotencyRecord, string | undefined>();

  constructor(records: CommandRecords, options: TransactionalPersistenceOptions = {}) {
    super();
    this.#records = records;
    this.#findsFirst = options.findsFirst ?? true;
  }

  /**
   * Runs the unit of work of an idempotent invocation; it is to pass `once` on.
   *
   * @throws {IdempotencyValidationError} when the key is known with another payload
   * @throws {InvariantViolation} outside of the idempotent function (also where
   * `POWERTOOLS_IDEMPOTENCY_DISABLED` makes it an ordinary one), or when another unit of work has
   * been recorded under the key
   * @throws what the work throws; the same request may be sent again
   */
  async run<Result extends Json>(
    payload: object,
    work: (once: Once) => Promise<Outcome<Result>>,
  ): Promise<MatchedOutcome<Result>> {
    const record = this.recordOf(payload);
    if (this.#recorded.get(record) !== undefined) {
      throw new InvariantViolation('Run one unit of work for each idempotent invocation');
    }
    const outcome = await work(onceOf(record));
    if (outcome.status === 'mismatched') throw mismatch(record);
    const recorded = outcome.status === 'refused' ? undefined : recordResponse(outcome.result).text;
    this.#recorded.set(record, recorded);
    return outcome;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    if (!this.#findsFirst) return;
    const deadline = record.inProgressExpiryTimestamp ?? Date.now() + findMsMax;
    const known = await this.#records.find(onceOf(record), deadline);
    if (!known) return;
    if (known.status === 'mismatched' && !this.isPayloadValidationEnabled()) throw mismatch(record);
    const { idempotencyKey, payloadHash = '' } = record;
    const status = IdempotencyRecordStatus.COMPLETED;
    const stored =
      known.status === 'replayed'
        ? { payloadHash, responseData: known.result as Response }
        : { payloadHash: anotherPayload };
    throw alreadyExists(new IdempotencyRecord({ idempotencyKey, status, ...stored }));
  }

  protected override async _getRecord(key: string): Promise<IdempotencyRecord> {
    throw new IdempotencyItemNotFoundError(`The key ${key} is looked up when it is put`);
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    if (!this.#recorded.has(record)) {
      throw new InvariantViolation(
        'The function has run no unit of work through this layer: nothing made it idempotent',
      );
    }
    const recorded = this.#recorded.get(record);
    if (recorded !== undefined && recordResponse(record.responseData).text !== recorded) {
      throw new InvariantViolation(
        'Return the result of the unit of work: that is what a replay is answered with',
      );
    }
  }

  /** Does nothing, since this layer writes no record before the business transaction. */
  protected override async _deleteRecord(): Promise<void> {}
}

const mismatch = (record: IdempotencyRecord): IdempotencyValidationError =>
  new IdempotencyValidationError('Payload does not match stored record for this event key', record);
