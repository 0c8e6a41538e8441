import type { ProbeRecord } from '../../../../domain/kernel/verification.ts';
import { quoteIdentifier, type Statement, statement } from '../../wire/statement.ts';

/** The statements about probes that are no statements of events as well. */
export const probeRecords = (schemaName: string) => {
  const schema = quoteIdentifier(schemaName);
  return {
    /** Deletes what consumers have recorded of probes. */
    forget: (records: readonly ProbeRecord[]): readonly Statement[] =>
      records.map(({ id, consumer }) =>
        statement(
          `DELETE FROM ${schema}.inbox WHERE event_id = $1 AND consumer = $2`,
          id,
          consumer,
        ),
      ),
  };
};
