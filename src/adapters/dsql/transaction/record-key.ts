import { hash } from 'node:crypto';
import { recordShardCount } from '../../../domain/kernel/outbox/expired-records.ts';

/** SHA-256 in 43 characters. */
export const digest = (text: string): string => hash('sha256', text, 'base64url');

/**
 * The primary key of an idempotency record: spread evenly over DSQL's storage and of one length,
 * whatever the callers' keys look like; those of commands and of leases never meet.
 */
export const recordKey = (kind: 'command' | 'lease', key: string): string =>
  digest(`${kind}:${key}`);

/** The part of its table that a record belongs to, 0 … 15, by the first byte of a digest. */
export const recordShard = (digested: string): number =>
  Buffer.from(digested.slice(0, 2), 'base64url').readUInt8() % recordShardCount;
