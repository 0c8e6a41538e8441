import type { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { InvariantViolation } from '../../domain/kernel/index.ts';
import { findConstants } from './selected-parts.ts';

/** The options by which Powertools configures a persistence layer. */
export type IdempotencyOptions = {
  readonly config: IdempotencyConfig;
  readonly keyPrefix?: string;
};

/**
 * Hashes under which nobody can make two requests that look the same: 256 bits or more, and no
 * known collisions. MD5, the default of Powertools, and SHA-1 have practical ones (RFC 6151,
 * SHAttered).
 */
const soundHashes = new Set([
  'sha256',
  'sha384',
  'sha512',
  'sha512-256',
  'sha3-256',
  'sha3-384',
  'sha3-512',
  'blake2b512',
  'blake2s256',
]);

/**
 * A client that gets no answer sends its request again for about a minute, SDKs of AWS among them.
 */
const expiresAfterSecondsMin = 60;

/** A hundred years: a time that the database can still add to its own. */
const expiresAfterSecondsMax = 100 * 365 * 86_400;

const requireSoundTimes = ({ expiresAfterSeconds }: IdempotencyConfig): void => {
  const isSound =
    Number.isInteger(expiresAfterSeconds) &&
    expiresAfterSeconds >= expiresAfterSecondsMin &&
    expiresAfterSeconds <= expiresAfterSecondsMax;
  if (isSound) return;
  throw new InvariantViolation(
    `Set expiresAfterSeconds to a whole number from ${expiresAfterSecondsMin} to ${expiresAfterSecondsMax}: a request that is sent again after it would be executed again`,
  );
};

const requireSoundHash = ({ hashFunction }: IdempotencyConfig): void => {
  if (soundHashes.has(hashFunction.toLowerCase())) return;
  throw new InvariantViolation(
    `Set hashFunction to 'sha256', not '${hashFunction}': two different requests must not have the same hash. One of ${[...soundHashes].join(', ')}`,
  );
};

const requireSoundPaths = (config: IdempotencyConfig): void => {
  const { eventKeyJmesPath, payloadValidationJmesPath = '' } = config;
  const [constant] = findConstants(payloadValidationJmesPath).parts;
  if (eventKeyJmesPath !== '' && constant !== undefined) {
    throw new InvariantViolation(
      `Leave ${constant} out of payloadValidationJmesPath, or write a field without single quotes: it is the same for every request`,
    );
  }
  if (findConstants(eventKeyJmesPath).isAll) {
    throw new InvariantViolation(
      `Set eventKeyJmesPath to a part of the request: ${eventKeyJmesPath} is the same for every request`,
    );
  }
};

/**
 * @throws {InvariantViolation} for a configuration under which an invocation would silently not be
 * idempotent
 */
export const requireSound = ({ config, keyPrefix }: IdempotencyOptions): void => {
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
  // Without this path Powertools compares nothing, and answers another request with the same key as
  // the first one.
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
  requireSoundPaths(config);
  requireSoundHash(config);
  requireSoundTimes(config);
};

/** A text that differs when two configurations do. */
export const settingsOf = ({ config, keyPrefix }: IdempotencyOptions): string =>
  JSON.stringify([
    keyPrefix,
    config.eventKeyJmesPath,
    config.payloadValidationJmesPath,
    config.expiresAfterSeconds,
    config.hashFunction,
    config.jmesPathOptions?.customFunctions?.constructor.name,
  ]);
