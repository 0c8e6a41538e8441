import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
  IdempotencyRecordStatus,
} from '@aws-lambda-powertools/idempotency';
import {
  BasePersistenceLayer,
  IdempotencyRecord,
} from '@aws-lambda-powertools/idempotency/persistence';
import {
  type IdempotencyStore,
  type LeaseRefusal,
  Unavailable,
} from '../../domain/kernel/index.ts';

/** The lease of a caller that did not say how long it may run: Lambda's longest timeout, in milliseconds. */
const leaseMsDefault = 900_000;

const recordOf = (
  key: string,
  refusal: LeaseRefusal,
  expiryTimestamp: number,
): IdempotencyRecord =>
  refusal.status === 'completed'
    ? new IdempotencyRecord({
        idempotencyKey: key,
        status: IdempotencyRecordStatus.COMPLETED,
        expiryTimestamp,
        payloadHash: refusal.fingerprint,
        responseData: JSON.parse(refusal.response),
      })
    : new IdempotencyRecord({
        idempotencyKey: key,
        status: IdempotencyRecordStatus.INPROGRESS,
        expiryTimestamp,
      });

/**
 * Lets Powertools' `makeIdempotent` keep its records in an `IdempotencyStore`, for functions whose effect is outside
 * the database. The store's fence keeps a late or failing duplicate from undoing what another invocation holds.
 *
 * One per invocation, and so a `makeIdempotent` per invocation: one that outlives it would give the fence of a
 * later invocation of the same key to an earlier one, which could then release or complete what it does not hold.
 *
 * Use the wrapper, not the middleware, and give a `keyPrefix`: the default one is the function's name, which must
 * not differ between the Regions.
 *
 * @example
 * const handler = (event, context) =>
 *   makeIdempotent(work, { persistenceStore: new StorePersistenceLayer(store), keyPrefix, config })(event, context);
 */
export class StorePersistenceLayer extends BasePersistenceLayer {
  readonly #store: IdempotencyStore;
  /** Proofs of what this invocation holds, by key. */
  readonly #fences = new Map<string, string>();

  constructor(store: IdempotencyStore) {
    super();
    this.#store = store;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const { idempotencyKey: key, inProgressExpiryTimestamp, payloadHash = '' } = record;
    const lease = await this.#store.acquire({
      key,
      fingerprint: payloadHash,
      leaseMs: inProgressExpiryTimestamp ? inProgressExpiryTimestamp - Date.now() : leaseMsDefault,
      retentionMs: this.expiresAfterSeconds * 1_000,
    });
    if (lease.status !== 'acquired') {
      const existing = recordOf(key, lease, this.#notExpired());
      throw new IdempotencyItemAlreadyExistsError(`Key ${key} is taken`, existing);
    }
    this.#fences.set(key, lease.fence);
  }

  protected override async _getRecord(key: string): Promise<IdempotencyRecord> {
    const found = await this.#store.find(key);
    if (!found) throw new IdempotencyItemNotFoundError(`Key ${key} is not known`);
    return recordOf(key, found, this.#notExpired());
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    const { idempotencyKey: key, responseData = null } = record;
    const fence = this.#takeFence(key);
    const response = JSON.stringify(responseData);
    const completed = fence !== undefined && (await this.#store.complete(key, fence, response));
    if (!completed) throw new Unavailable(`The lease of ${key} has gone to another invocation`);
  }

  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    const { idempotencyKey: key } = record;
    const fence = this.#takeFence(key);
    if (fence !== undefined) await this.#store.release(key, fence);
  }

  #takeFence(key: string): string | undefined {
    const fence = this.#fences.get(key);
    this.#fences.delete(key);
    return fence;
  }

  /** What the store returns is in force by the database's clock; this one's must not say otherwise. Seconds. */
  #notExpired(): number {
    return Math.ceil(Date.now() / 1_000) + this.expiresAfterSeconds;
  }
}
