/** An event source mapping of a queue, as its template describes it. */
export type MappingDefinition = {
  /** The UUID by which Lambda knows it. */
  readonly id: string;
  readonly arn: string;
  readonly queueArn: string;
  readonly functionArn: string;
  /** Messages of a batch, 1 to 10,000. */
  readonly batchSize: number;
  /** How long a batch waits for more messages than there are, 0 to 300. Seconds. */
  readonly windowSeconds: number;
  /** Batches at a time, 2 to 1,000; Lambda's own choice unless set. */
  readonly concurrencyMax: number | undefined;
  /** Whether the function answers with the messages that have failed. */
  readonly reportsFailures: boolean;
  readonly isEnabled: boolean;
};
