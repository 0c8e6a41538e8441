import {
  IdempotencyItemNotFoundError,
  IdempotencyRecordStatus,
} from '@aws-lambda-powertools/idempotency';
import { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import {
  type IdempotencyStore,
  InvariantViolation,
  type LeaseRefusal,
  Unavailable,
} from '../../domain/kernel/index.ts';
import { alreadyExists, BoundPersistenceLayer } from './bound-persistence-layer.ts';

/** The lease of a caller that did not say how long it may run: Lambda's longest timeout, in milliseconds. */
const leaseMsDefault = 900_000;

export type StorePersistenceOptions = {
  /**
   * Whether a response that was returned, not thrown, is a failure: it is answered, but not kept, and the next request is
   * worked on. Absent: one with a `statusCode` from 500.
   */
  readonly isFailure?: (response: unknown) => boolean;
};

const isServerError = (response: unknown): boolean => {
  const statusCode = (response as { readonly statusCode?: unknown } | null | undefined)?.statusCode;
  return typeof statusCode === 'number' && statusCode >= 500;
};

/** It has no expiry: what the store returns is in force by the store's clock, and this one's must not say otherwise. */
const recordOf = (key: string, refusal: LeaseRefusal): IdempotencyRecord => {
  const known = { idempotencyKey: key, payloadHash: refusal.fingerprint };
  return refusal.status === 'completed'
    ? new IdempotencyRecord({
        ...known,
        status: IdempotencyRecordStatus.COMPLETED,
        responseData: JSON.parse(refusal.response),
      })
    : new IdempotencyRecord({ ...known, status: IdempotencyRecordStatus.INPROGRESS });
};

/**
 * Keeps the records of Powertools' `makeIdempotent` and `makeHandlerIdempotent` in an `IdempotencyStore`, for functions
 * whose effect is outside the database. For effects inside, see `TransactionalPersistenceLayer`.
 *
 * The store's fence keeps a late or failing duplicate from undoing what another invocation holds or has completed. One
 * layer serves one operation, for as long as the process lives.
 *
 * Let the middleware be the last one that is used: its `after` is the first to run then, and what other middleware
 * throws after it does not cause the work to be done again.
 *
 * @example
 * const persistenceStore = new StorePersistenceLayer(store);
 * export const handler = makeIdempotent(work, { persistenceStore, keyPrefix: 'orders.ship', config });
 */
export class StorePersistenceLayer extends BoundPersistenceLayer {
  readonly #store: IdempotencyStore;
  readonly #isFailure: (response: unknown) => boolean;
  /** Proofs of what invocations hold. */
  readonly #fences = new WeakMap<IdempotencyRecord, string>();

  constructor(store: IdempotencyStore, options: StorePersistenceOptions = {}) {
    super();
    this.#store = store;
    this.#isFailure = options.isFailure ?? isServerError;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const { idempotencyKey: key, inProgressExpiryTimestamp, payloadHash = '' } = record;
    const lease = await this.#store.acquire({
      key,
      fingerprint: payloadHash,
      leaseMs: inProgressExpiryTimestamp ? inProgressExpiryTimestamp - Date.now() : leaseMsDefault,
    });
    if (lease.status !== 'acquired') throw alreadyExists(recordOf(key, lease));
    this.#fences.set(record, lease.fence);
  }

  protected override async _getRecord(key: string): Promise<IdempotencyRecord> {
    const found = await this.#store.find(key);
    if (!found) throw new IdempotencyItemNotFoundError(`The key ${key} is not known`);
    return recordOf(key, found);
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    const { idempotencyKey: key, responseData = null, inProgressExpiryTimestamp } = record;
    if (this.#isFailure(responseData)) return this._deleteRecord(record);
    const completed = await this.#store.complete({
      key,
      fence: this.#fenceOf(record),
      response: JSON.stringify(responseData),
      retentionMs: this.expiresAfterSeconds * 1_000,
      ...(inProgressExpiryTimestamp === undefined ? {} : { deadline: inProgressExpiryTimestamp }),
    });
    if (!completed) throw new Unavailable(`The lease of ${key} has gone to another invocation`);
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
