import { createHash } from 'node:crypto';

/** SHA-256 in 43 characters. */
export const digest = (text: string): string =>
  createHash('sha256').update(text).digest('base64url');

/**
 * The primary key of an idempotency record: spread evenly over DSQL's storage and of one length, whatever the
 * callers' keys look like; those of commands and of leases never meet.
 */
export const recordKey = (kind: 'command' | 'lease', key: string): string =>
  digest(`${kind}:${key}`);
