import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyKeyError,
  IdempotencyRecordStatus,
} from '@aws-lambda-powertools/idempotency';
import {
  BasePersistenceLayer,
  IdempotencyRecord,
} from '@aws-lambda-powertools/idempotency/persistence';
import { InvalidInput, InvariantViolation } from '../../domain/kernel/index.ts';
import { comparablePayload, findLoss } from './comparable-payload.ts';
import { type HandlerCall, handlerCall, observeHandlers } from './idempotency-handler.ts';
import { PayloadMap } from './payload-map.ts';
import { ResponseNotReplayableError } from './response-not-replayable.ts';
import { findMissingPart } from './selected-parts.ts';
import { type IdempotencyOptions, requireSound, settingsOf } from './sound-configuration.ts';

/** One run of an idempotent function, from the look at its key until it has succeeded or failed. */
type Invocation = {
  readonly record: IdempotencyRecord;
  /** Whether the key has been taken for it. */
  held: boolean;
  /** Duplicates with the same payload that were turned away and may yet report a failure. */
  turnedAway: number;
};

/** The value from which Powertools derives the key. */
type Payload = Parameters<BasePersistenceLayer['saveInProgress']>[0];

/** The private method by which Powertools hashes the JSON text of a selection. */
type Hashing = { generateHash?: (selection: string | undefined) => string };

/**
 * Powertools' persistence layer, safe to be reused: also by invocations of one process that
 * overlap.
 *
 * Powertools says at each step of an invocation which payload it is about, and derives the key from
 * that anew. Here the record is bound to the payload at the first step: `_updateRecord` and
 * `_deleteRecord` are given the very record that `_putRecord` was given, also when the function has
 * changed its input, and are never called for an invocation that was turned away. So a layer can
 * keep its proof of ownership with the record.
 *
 * Payloads are told apart by identity, as Lambda makes them; of equal texts, or one object given
 * twice, one is worked on at a time, and if it fails after others were turned away its key may stay
 * taken until the lease ends. The layer refuses the replay of a durable execution whose key is
 * taken, before the function runs.
 */
export abstract class BoundPersistenceLayer extends BasePersistenceLayer {
  readonly #invocations = new PayloadMap<Invocation>();
  /** The calls that are about to be answered with a record. */
  readonly #calls = new WeakMap<IdempotencyRecord, HandlerCall>();
  /** The first configuration of the layer. */
  #settings: string | undefined;
  #operation = '';
  #paths = { key: '', validation: '' };

  constructor() {
    super();
    observeHandlers();
  }

  /**
   * @throws {InvariantViolation} for a configuration under which an invocation would silently not
   * be idempotent
   */
  override configure(options: IdempotencyOptions): void {
    requireSound(options);
    const settings = settingsOf(options);
    if (this.#settings !== undefined && this.#settings !== settings) {
      throw new InvariantViolation(
        'Give each idempotent operation a persistence layer of its own: this one has another configuration',
      );
    }
    this.#settings = settings;
    const { eventKeyJmesPath, payloadValidationJmesPath } = options.config;
    this.#paths = { key: eventKeyJmesPath, validation: payloadValidationJmesPath ?? '' };
    this.#operation = options.keyPrefix?.trim() ?? '';
    super.configure(options);
  }

  /** The `keyPrefix`: the name of the operation. */
  protected get operation(): string {
    return this.#operation;
  }

  /**
   * @throws {InvalidInput} when a part of `payloadValidationJmesPath` selects nothing in the
   * payload, or a path selects what JSON cannot tell from something else
   */
  override async saveInProgress(payload: Payload, remainingMs?: number): Promise<void> {
    const call = handlerCall();
    try {
      await this.#take(payload, remainingMs);
    } catch (error) {
      if (!(error instanceof IdempotencyItemAlreadyExistsError)) throw error;
      // Otherwise Powertools would now run the function without a key.
      if (call?.isReplay) {
        throw new InvariantViolation(
          'The key of a replayed durable execution is taken: call the idempotent function inside of a step',
          { cause: error },
        );
      }
      if (call && error.existingRecord) this.#calls.set(error.existingRecord, call);
      throw error;
    }
  }

  async #take(payload: Payload, remainingMs: number | undefined): Promise<void> {
    const running = this.#invocations.get(payload);
    if (running) {
      running.turnedAway += 1;
      throw alreadyExists(running.record);
    }
    const comparable = comparablePayload(payload);
    const record = new IdempotencyRecord({
      idempotencyKey: this.#keyOf(comparable),
      status: IdempotencyRecordStatus.INPROGRESS,
      payloadHash: this.#payloadHashOf(comparable),
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

  override processExistingRecord(
    record: IdempotencyRecord,
    payload: Parameters<BasePersistenceLayer['processExistingRecord']>[1],
  ): IdempotencyRecord {
    const existing = super.processExistingRecord(record, payload);
    if (existing.getStatus() !== IdempotencyRecordStatus.COMPLETED) return existing;
    const call = this.#calls.get(record);
    // middy skips the handler only if the request has an early response, which may be `undefined`.
    if (call?.request) call.request.earlyResponse = undefined;
    if (!call && existing.getResponse() === undefined) {
      // The caller belongs to another copy of Powertools: one was loaded by `require`, the other
      // one by `import`.
      const reason = '$ is undefined, and Powertools is loaded twice';
      throw new ResponseNotReplayableError(record.idempotencyKey, reason);
    }
    return existing;
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

  #keyOf(comparable: Payload): string {
    const path = this.#paths.key;
    return this.#hashed(
      () => this.getHashedIdempotencyKey(comparable),
      (selection) => {
        requireComparable('the key', selection);
        const missing = path && findMissingPart(path, selection);
        if (missing) throw new IdempotencyKeyError(nothingAt('eventKeyJmesPath', path, missing));
      },
    );
  }

  #payloadHashOf(comparable: Payload): string {
    const path = this.#paths.validation;
    return this.#hashed(
      () => this['getHashedPayload'](comparable),
      (selection) => {
        requireComparable('payloadValidationJmesPath', selection);
        // A key that is the whole request differs for each request, so no further part has to be
        // compared.
        const missing = this.#paths.key && findMissingPart(path, selection);
        if (!missing) return;
        throw new InvalidInput(nothingAt('payloadValidationJmesPath', path, missing));
      },
    );
  }

  /** Hashes as Powertools does, and lets a selection be checked before it is hashed. */
  #hashed(hash: () => string, check: (selection: unknown) => void): string {
    const hashing = this as unknown as Hashing;
    const inherited = hashing.generateHash;
    hashing.generateHash = (selection) => {
      check(selection === undefined ? undefined : JSON.parse(selection));
      return inherited?.call(this, selection) ?? '';
    };
    try {
      return hash();
    } finally {
      // The method of the class is used again.
      delete hashing.generateHash;
    }
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

const requireComparable = (what: string, selection: unknown): void => {
  const loss = findLoss(selection);
  if (loss === undefined) return;
  throw new InvalidInput(
    `A request is compared by its JSON, but ${what} selects ${loss}, whose value JSON loses: send a text or a finite number`,
  );
};

const nothingAt = (option: string, path: string, part: string): string => {
  const where = part === path.trim() ? path.trim() : `${part} in ${path.trim()}`;
  return `${option} selects nothing in this request at ${where}: send it, correct the path, or give it an alternative such as ${part} || 'none'`;
};
