import type { ListPosition } from '../../domain/ledger/index.ts';

export type { ListPosition };

/** A position as callers carry it around. */
export const formatCursor = ({ recordedAt, id }: ListPosition): string =>
  Buffer.from(`${recordedAt} ${id}`).toString('base64url');

/**
 * Fourteen digits of a time reach the year 5138; PostgreSQL reads other words for times after 9999.
 */
const positionPattern = /^(\d{1,14}) ([\w.:@/+=-]{1,128})$/;

/** A position from a caller; `undefined` when it is none that `formatCursor` has made. */
export const parseCursor = (cursor: string): ListPosition | undefined => {
  const match = positionPattern.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) return undefined;
  const [, recordedAt = '', id = ''] = match;
  const position = { recordedAt: Number(recordedAt), id };
  return formatCursor(position) === cursor ? position : undefined;
};
