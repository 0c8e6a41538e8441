import {
  createDsqlCommandRecords,
  createDsqlIdempotencyStore,
  createIdempotencyRecords,
} from 'antipode/dsql';
import type { Service } from 'antipode/handlers';

/** The records of both layers, in the schema that holds the framework's tables. */
export const createRefundRecords = (
  { connections, retrier }: Pick<Service, 'connections' | 'retrier'>,
  schema: string,
) => ({
  records: createDsqlCommandRecords({
    connections,
    retrier,
    records: createIdempotencyRecords(schema),
  }),
  store: createDsqlIdempotencyStore(connections, { schema }),
});
