import { serverErrorOf } from '../../../adapters/dsql/connection/error-mapping.ts';
import { type ConnectionPool, createIdempotencyRecords } from '../../../adapters/dsql/index.ts';
import { query } from '../../../adapters/dsql/transaction/query.ts';
import { probeAttribute } from '../../../domain/kernel/verification.ts';

/** Records that a consumer has got a probe. */
export type RecordProbe = (eventId: string, deadline: number) => Promise<void>;

/** The id of a probe that EventBridge has delivered; `undefined` for any other event. */
export const probeIn = (payload: unknown): string | undefined => {
  const { detail } = Object(payload) as { readonly detail?: unknown };
  const { id, [probeAttribute]: isProbe } = Object(detail) as Record<string, unknown>;
  return isProbe === true && typeof id === 'string' ? id : undefined;
};

/** Records probes in the inbox of a consumer, each once: EventBridge delivers at least once. */
export const createProbeRecorder = (
  connections: ConnectionPool,
  schema: string,
  consumer: string,
): RecordProbe => {
  const records = createIdempotencyRecords(schema);
  return async (eventId, deadline) => {
    const record = records.insert({ kind: 'event', consumer, eventId }, null);
    try {
      await query(connections, record, { deadline, writes: true });
    } catch (error) {
      const refused = serverErrorOf(error);
      if (!refused || !records.isDuplicate(refused)) throw error;
    }
  };
};
