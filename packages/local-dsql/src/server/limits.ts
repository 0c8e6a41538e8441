/** Limits of one cluster. Tests make them smaller. */
export type DsqlLimits = {
  /** Rows that one transaction may write or lock. */
  readonly rowsMax: number;
  /** Bytes that one transaction may write. */
  readonly transactionBytesMax: number;
  readonly transactionMsMax: number;
  readonly rowBytesMax: number;
  readonly columnBytesMax: number;
  /** Bytes of one key. */
  readonly keyBytesMax: number;
  /** Bytes that the columns of a key may hold by their declaration. */
  readonly declaredKeyBytesMax: number;
  readonly columnsMax: number;
  /** Indexes of one table, including those of its primary key and its unique constraints. */
  readonly indexesMax: number;
  readonly schemasMax: number;
  readonly tablesMax: number;
  readonly viewsMax: number;
  /** Sequences, including those of identity columns. */
  readonly sequencesMax: number;
  readonly messageBytesMax: number;
  /** Bytes of the messages of one sync batch. */
  readonly batchBytesMax: number;
  readonly connectionsMax: number;
  readonly connectionMsMax: number;
  /** Time for a client to encrypt, introduce itself and send its token. */
  readonly loginMsMax: number;
  /** New connections per second. */
  readonly connectionsPerSecond: number;
  /** New connections at once after a pause. */
  readonly connectionBurst: number;
};

const mebibyte = 1024 ** 2;
const minuteMs = 60_000;

/** DSQL's own limits. */
export const dsqlLimits: DsqlLimits = {
  rowsMax: 3000,
  transactionBytesMax: 10 * mebibyte,
  transactionMsMax: 5 * minuteMs,
  rowBytesMax: 2 * mebibyte,
  columnBytesMax: mebibyte,
  // Documented as 1 KiB; the service was seen to take this much.
  keyBytesMax: 1981,
  declaredKeyBytesMax: 2000,
  columnsMax: 255,
  indexesMax: 24,
  schemasMax: 10,
  tablesMax: 1000,
  viewsMax: 5000,
  sequencesMax: 5000,
  messageBytesMax: 10 * mebibyte,
  // Far more than a transaction may write. The service documents no limit.
  batchBytesMax: 64 * mebibyte,
  connectionsMax: 10_000,
  connectionMsMax: 60 * minuteMs,
  loginMsMax: 10_000,
  connectionsPerSecond: 100,
  connectionBurst: 1000,
};

/**
 * The limits that triggers in PostgreSQL check, as settings of a session that a client cannot
 * change.
 */
export const limitSettings = (limits: DsqlLimits): Readonly<Record<string, string>> => ({
  'antipode.rows_max': `${limits.rowsMax}`,
  'antipode.transaction_bytes_max': `${limits.transactionBytesMax}`,
  'antipode.row_bytes_max': `${limits.rowBytesMax}`,
  'antipode.column_bytes_max': `${limits.columnBytesMax}`,
  'antipode.key_bytes_max': `${limits.keyBytesMax}`,
  // A smaller row has no column or key that is too large. Most rows are smaller.
  'antipode.checked_bytes_min': `${Math.min(limits.rowBytesMax, limits.columnBytesMax, limits.keyBytesMax)}`,
  'antipode.declared_key_bytes_max': `${limits.declaredKeyBytesMax}`,
  'antipode.columns_max': `${limits.columnsMax}`,
  'antipode.indexes_max': `${limits.indexesMax}`,
  'antipode.schemas_max': `${limits.schemasMax}`,
  'antipode.tables_max': `${limits.tablesMax}`,
  'antipode.views_max': `${limits.viewsMax}`,
  'antipode.sequences_max': `${limits.sequencesMax}`,
  // A statement may not run longer than a transaction.
  statement_timeout: `${limits.transactionMsMax}`,
});
