import type { OutboxLane } from '../../../../domain/kernel/index.ts';
import { type Row, type Statement, statement } from '../../wire/statement.ts';
import { timeOf } from '../column-time.ts';
import type { outboxStatements } from './outbox-statements.ts';

/** Rows that one relay holds, by their ids as the database says them. */
export type LaneClaim = {
  readonly owner: string;
  /** The end of the lease, in milliseconds since the epoch by the database's clock. */
  readonly endsAt: number;
  readonly ids: readonly string[];
};

/** The claims of one lane at a time of the database. */
export type LaneClaims = {
  readonly lane: OutboxLane;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly claims: readonly LaneClaim[];
};

/** As the table has it: the end is counted from the time at which the row was written. */
type StoredClaim = {
  readonly owner: string;
  readonly endsInMs: number;
  /**
   * The bytes of all ids in base64. As a list they would take two thirds more, and PostgreSQL tries
   * to compress what looks as if it could be.
   */
  readonly ids: string;
};

const canonical = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const idBytes = 16;

const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** The id as the database says it. An envelope may have the same one in capitals. */
export const canonicalId = (id: string): string =>
  canonical.test(id) ? id : dashed(id.replaceAll(/[^0-9a-f]/gi, '').toLowerCase());

const pack = (ids: readonly string[]): string =>
  Buffer.from(ids.join('').replaceAll('-', ''), 'hex').toString('base64');

const unpack = (text: string): readonly string[] => {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: Math.floor(bytes.length / idBytes) }, (_, at) =>
    dashed(bytes.toString('hex', at * idBytes, (at + 1) * idBytes)),
  );
};

/** A relay's lease is a minute; one of over a day would hide its rows for as long. Milliseconds. */
const leaseMsLimit = 86_400_000;

const isStored = (value: unknown): value is StoredClaim => {
  const { owner, endsInMs, ids } = (value ?? {}) as Partial<Record<keyof StoredClaim, unknown>>;
  const isTime = typeof endsInMs === 'number' && endsInMs <= leaseMsLimit;
  return typeof owner === 'string' && isTime && typeof ids === 'string';
};

/**
 * A text that a person has broken holds no rows: they are published again, which consumers survive.
 * A relay that failed at it would publish nothing for ever.
 */
const storedIn = (text: string): readonly StoredClaim[] => {
  try {
    const claims: unknown = JSON.parse(text);
    return Array.isArray(claims) ? claims.filter(isStored) : [];
  } catch {
    return [];
  }
};

/** The claims in a row of `outbox_lane`. */
export const claimsIn = (row: Row): LaneClaims => {
  const asOf = timeOf(row['as_of']);
  return {
    lane: { shard: Number(row['shard']), origin: String(row['origin_region']) },
    now: timeOf(row['now']),
    claims: storedIn(String(row['claims'])).map(({ owner, endsInMs, ids }) => ({
      owner,
      // A date of the database is not as old as a number can say.
      endsAt: Math.max(0, asOf + endsInMs),
      ids: unpack(ids),
    })),
  };
};

/**
 * Writes the claims of a lane. Two transactions that do so at once conflict, so each of them has
 * read what the other has left.
 */
export const keepClaims = (
  sql: ReturnType<typeof outboxStatements>,
  { lane, now, claims }: LaneClaims,
): Statement => {
  const stored: readonly StoredClaim[] = claims
    .filter(({ ids }) => ids.length > 0)
    .map(({ owner, endsAt, ids }) => ({ owner, endsInMs: endsAt - now, ids: pack(ids) }));
  return statement(sql.keepLane, lane.shard, lane.origin, JSON.stringify(stored));
};

/** A claim whose lease has ended: its relay has died, or is too late. */
export const overdueClaim = ({ now, claims }: LaneClaims): LaneClaim | undefined =>
  claims.find(({ endsAt }) => endsAt <= now);

/** The ids of the rows that relays hold. */
export const heldIds = ({ now, claims }: LaneClaims): ReadonlySet<string> =>
  new Set(claims.filter(({ endsAt }) => endsAt > now).flatMap(({ ids }) => ids));

/** The same claims without some rows of one owner, which are settled. */
export const withoutRows = (
  lane: LaneClaims,
  isSettled: (claim: LaneClaim, id: string) => boolean,
): LaneClaims => ({
  ...lane,
  claims: lane.claims.map((claim) => ({
    ...claim,
    ids: claim.ids.filter((id) => !isSettled(claim, id)),
  })),
});
