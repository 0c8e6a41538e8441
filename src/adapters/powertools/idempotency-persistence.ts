import {
  IdempotencyItemNotFoundError,
  IdempotencyRecordStatus,
} from '@aws-lambda-powertools/idempotency';
import { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import { defined } from '../../domain/kernel/defined.ts';
import {
  Fault,
  type IdempotencyStore,
  InvariantViolation,
  type LeaseRefusal,
  type Logger,
  Unavailable,
} from '../../domain/kernel/index.ts';
import {
  lostResponse,
  type RecordedResponse,
  recordResponse,
  replayResponse,
} from '../../domain/kernel/work/recorded-response.ts';
import { alreadyExists, BoundPersistenceLayer } from './bound-persistence-layer.ts';
import { ResponseNotReplayableError } from './response-not-replayable.ts';

/**
 * The lease of a caller that did not say how long it may run: Lambda's longest timeout, in
 * milliseconds.
 */
const leaseMsDefault = 900_000;

/** Settings of a `StorePersistenceLayer`; all of them have a default. */
export type StorePersistenceOptions = {
  /**
   * Whether a response that was returned, not thrown, is a failure: it is answered, but not kept,
   * and the next request is worked on. Absent: one with a `statusCode` from 500. If it throws, the
   * response is kept.
   */
  readonly isFailure?: (response: unknown) => boolean;
  /** Is told of each response that cannot be replayed. Absent: the console. */
  readonly logger?: Pick<Logger, 'warn'>;
};

/** A response, in the types of Powertools. */
type Response = Parameters<BoundPersistenceLayer['saveSuccess']>[1];

const consoleLogger: Pick<Logger, 'warn'> = {
  warn: (message, fields) => console.warn(JSON.stringify({ message, ...fields })),
};

const isServerError = (response: unknown): boolean => {
  const statusCode = (response as { readonly statusCode?: unknown } | null | undefined)?.statusCode;
  return typeof statusCode === 'number' && statusCode >= 500;
};

/**
 * Keeps the records of Powertools' `makeIdempotent` and `makeHandlerIdempotent` in an
 * `IdempotencyStore`, for functions whose effect is outside the database. For effects inside, see
 * `TransactionalPersistenceLayer`.
 *
 * A replay gives back exactly the value that the function has returned, if that is JSON of at most
 * `responseBytesMax` (see `recordResponse`). Work with another response counts as done too: the
 * first caller gets the response and the logger a warning, and replays are told
 * `ResponseNotReplayableError`.
 *
 * The store's fence keeps a late or failing duplicate from undoing what another invocation holds or
 * has completed. One layer serves one operation, for as long as the process lives.
 *
 * Let the middleware be the last one that is used: its `after` is the first to run then, and what
 * other middleware throws after it does not cause the work to be done again.
 *
 * @example
 * const persistenceStore = new StorePersistenceLayer(store);
 * const keyPrefix = 'orders.ship';
 * export const handler = makeIdempotent(work, { persistenceStore, keyPrefix, config });
 */
export class StorePersistenceLayer extends BoundPersistenceLayer {
  readonly #store: IdempotencyStore;
  readonly #isFailure: (response: unknown) => boolean;
  readonly #logger: Pick<Logger, 'warn'>;
  /** Proofs of what invocations hold. */
  readonly #fences = new WeakMap<IdempotencyRecord, string>();
  /** Why the responses of records cannot be replayed. */
  readonly #losses = new WeakMap<IdempotencyRecord, string>();

  constructor(store: IdempotencyStore, options: StorePersistenceOptions = {}) {
    super();
    this.#store = store;
    this.#isFailure = options.isFailure ?? isServerError;
    this.#logger = options.logger ?? consoleLogger;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const { idempotencyKey: key, inProgressExpiryTimestamp, payloadHash = '' } = record;
    const lease = await this.#store.acquire({
      key,
      fingerprint: payloadHash,
      leaseMs: inProgressExpiryTimestamp ? inProgressExpiryTimestamp - Date.now() : leaseMsDefault,
    });
    if (lease.status !== 'acquired') throw alreadyExists(this.#recordOf(key, lease));
    this.#fences.set(record, lease.fence);
  }

  protected override async _getRecord(key: string): Promise<IdempotencyRecord> {
    const found = await this.#store.find(key);
    if (!found) throw new IdempotencyItemNotFoundError(`The key ${key} is not known`);
    return this.#recordOf(key, found);
  }

  /**
   * @throws {ResponseNotReplayableError} when the work is done and its response could not be kept
   */
  override processExistingRecord(
    record: IdempotencyRecord,
    payload: Parameters<BoundPersistenceLayer['processExistingRecord']>[1],
  ): IdempotencyRecord {
    const existing = super.processExistingRecord(record, payload);
    const loss = this.#losses.get(record);
    if (loss !== undefined) throw new ResponseNotReplayableError(record.idempotencyKey, loss);
    return existing;
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    const { responseData } = record;
    if (this.#isToBeRepeated(responseData)) return this._deleteRecord(record);
    const recorded = recordResponse(responseData);
    if (recorded.loss) this.#warn(record, recorded.loss.reason);
    if (await this.#complete(record, recorded)) return;
    throw new Unavailable(`The lease of ${record.idempotencyKey} has gone to another invocation`);
  }

  /** The effect has happened. No failure in here may let the effect happen again. */
  #isToBeRepeated(response: unknown): boolean {
    try {
      return this.#isFailure(response);
    } catch {
      return false;
    }
  }

  async #complete(record: IdempotencyRecord, { text, loss }: RecordedResponse): Promise<boolean> {
    const { idempotencyKey: key, inProgressExpiryTimestamp } = record;
    const completeWith = (response: string) =>
      this.#store.complete({
        key,
        fence: this.#fenceOf(record),
        response,
        retentionMs: this.expiresAfterSeconds * 1_000,
        ...defined({ deadline: inProgressExpiryTimestamp }),
      });
    try {
      return await completeWith(text);
    } catch (error) {
      const isRefused = error instanceof Fault && !error.retryable;
      if (!isRefused || loss) throw error;
      const reason = 'the store has refused it';
      this.#warn(record, reason);
      return completeWith(lostResponse(reason).text);
    }
  }

  #warn({ idempotencyKey: key }: IdempotencyRecord, reason: string): void {
    const fields = { operation: this.operation, key, reason };
    try {
      this.#logger.warn('The work is done, but its response cannot be replayed', fields);
    } catch {
      // A logger that fails must not keep the record from being completed.
    }
  }

  /**
   * The record has no expiry, since the store returns valid records by its own clock. This clock
   * may differ.
   */
  #recordOf(key: string, refusal: LeaseRefusal): IdempotencyRecord {
    const known = { idempotencyKey: key, payloadHash: refusal.fingerprint };
    if (refusal.status === 'in-progress') {
      return new IdempotencyRecord({ ...known, status: IdempotencyRecordStatus.INPROGRESS });
    }
    const replayed = replayResponse(refusal.response);
    const record = new IdempotencyRecord({ ...known, status: IdempotencyRecordStatus.COMPLETED });
    if (replayed.replayable) record.responseData = replayed.value as Response;
    else this.#losses.set(record, replayed.reason);
    return record;
  }

  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    await this.#store.release(record.idempotencyKey, this.#fenceOf(record));
  }

  #fenceOf(record: IdempotencyRecord): string {
    const fence = this.#fences.get(record);
    if (fence === undefined) throw new InvariantViolation('The invocation does not hold its key');
    return fence;
  }
}
