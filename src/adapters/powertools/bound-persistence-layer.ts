import {
  type IdempotencyConfig,
  IdempotencyItemAlreadyExistsError,
  IdempotencyRecordStatus,
} from '@aws-lambda-powertools/idempotency';
import {
  BasePersistenceLayer,
  IdempotencyRecord,
} from '@aws-lambda-powertools/idempotency/persistence';
import { InvariantViolation } from '../../domain/kernel/index.ts';
import { PayloadMap } from './payload-map.ts';

/** One run of an idempotent function, from the look at its key until it has succeeded or failed. */
type Invocation = {
  readonly record: IdempotencyRecord;
  /** Whether the key has been taken for it. */
  held: boolean;
  /** Duplicates with the same payload that were turned away and may yet report a failure. */
  turnedAway: number;
};

/** What Powertools makes the key of. */
type Payload = Parameters<BasePersistenceLayer['saveInProgress']>[0];

type Configuration = { readonly config: IdempotencyConfig; readonly keyPrefix?: string };

/**
 * Powertools' persistence layer, safe to be reused: also by invocations of one process that overlap.
 *
 * Powertools says at each step of an invocation which payload it is about, and derives the key from that anew. Here the
 * record is bound to the payload at the first step: `_updateRecord` and `_deleteRecord` are given the very record that
 * `_putRecord` was given, also when the function has changed its input, and are never called for an invocation that was
 * turned away. What proves ownership can be kept with the record.
 *
 * Payloads are told apart by identity, as Lambda makes them; of equal texts, or one object given twice, one is worked on at
 * a time, and if it fails after others were turned away its key may stay taken until the lease ends. Replays of Lambda's
 * durable executions are no invocations of their own and are not supported.
 */
export abstract class BoundPersistenceLayer extends BasePersistenceLayer {
  readonly #invocations = new PayloadMap<Invocation>();
  /** What the layer was configured with first. */
  #settings: string | undefined;

  /** @throws {InvariantViolation} for a configuration under which an invocation would silently not be idempotent */
  override configure(options: Configuration): void {
    requireSound(options);
    const settings = settingsOf(options);
    if (this.#settings !== undefined && this.#settings !== settings) {
      throw new InvariantViolation(
        'Give each idempotent operation a persistence layer of its own: this one has another configuration',
      );
    }
    this.#settings = settings;
    super.configure(options);
  }

  override async saveInProgress(payload: Payload, remainingMs?: number): Promise<void> {
    const running = this.#invocations.get(payload);
    if (running) {
      running.turnedAway += 1;
      throw alreadyExists(running.record);
    }
    const record = new IdempotencyRecord({
      idempotencyKey: this.getHashedIdempotencyKey(payload),
      status: IdempotencyRecordStatus.INPROGRESS,
      payloadHash: this['getHashedPayload'](payload),
    });
    if (remainingMs) record.inProgressExpiryTimestamp = Date.now() + remainingMs;
    const invocation = { record, held: false, turnedAway: 0 };
    this.#invocations.set(payload, invocation);
    try {
      await this._putRecord(record);
      invocation.held = true;
    } catch (error) {
      this.#invocations.delete(payload);
      throw error;
    }
  }

  override async saveSuccess(payload: Payload, result: Payload): Promise<void> {
    const { record } = this.#bound(payload);
    this.#invocations.delete(payload);
    record.responseData = result;
    await this._updateRecord(record);
  }

  /** Powertools calls it for every failure, also for that of an invocation that holds nothing. */
  override async deleteRecord(payload: Payload): Promise<void> {
    const invocation = this.#invocations.get(payload);
    if (!invocation?.held) return;
    if (invocation.turnedAway > 0) {
      invocation.turnedAway -= 1;
      return;
    }
    this.#invocations.delete(payload);
    await this._deleteRecord(invocation.record);
  }

  /** The record of the invocation that works on a payload. */
  protected recordOf(payload: unknown): IdempotencyRecord {
    return this.#bound(payload).record;
  }

  #bound(payload: unknown): Invocation {
    const invocation = this.#invocations.get(payload);
    if (invocation) return invocation;
    throw new InvariantViolation(
      'No idempotent invocation works on this payload: pass the object that the function was given',
    );
  }
}

/** Tells Powertools that the work is done, or being done, by another invocation. */
export const alreadyExists = (existing: IdempotencyRecord): IdempotencyItemAlreadyExistsError =>
  new IdempotencyItemAlreadyExistsError(`The key ${existing.idempotencyKey} is taken`, existing);

const requireSound = ({ config, keyPrefix }: Configuration): void => {
  if (keyPrefix === undefined || keyPrefix.trim() === '') {
    throw new InvariantViolation(
      "Give a keyPrefix that names service and operation: Powertools' own is the function's name, which may differ between the Regions",
    );
  }
  if (!config.throwOnNoIdempotencyKey) {
    throw new InvariantViolation(
      'Set throwOnNoIdempotencyKey to true: a request without a key would be executed every time',
    );
  }
  // Without it Powertools compares nothing, and another request with the same key is answered as the first one.
  if (config.eventKeyJmesPath !== '' && !config.payloadValidationJmesPath?.trim()) {
    throw new InvariantViolation(
      'Set payloadValidationJmesPath to what must be the same under the same key, or to eventKeyJmesPath itself if that is all: another request would be answered as the first one',
    );
  }
  if (config.useLocalCache) {
    throw new InvariantViolation(
      'Set useLocalCache to false: a cache knows neither the clock of the database nor the other Region',
    );
  }
};

const settingsOf = ({ config, keyPrefix }: Configuration): string =>
  JSON.stringify([
    keyPrefix,
    config.eventKeyJmesPath,
    config.payloadValidationJmesPath,
    config.expiresAfterSeconds,
    config.hashFunction,
    config.jmesPathOptions?.customFunctions?.constructor.name,
  ]);
