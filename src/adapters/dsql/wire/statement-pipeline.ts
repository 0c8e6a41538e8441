import type { Client, Connection } from 'pg';
import { InvariantViolation } from '../../../domain/kernel/index.ts';
import { jsonRemedyOf } from './json-remedy.ts';
import { encodeParameters } from './parameters.ts';
import { PgQuery } from './pg-client.ts';
import { asText, type PreparedStatements, type Sending } from './prepared-statements.ts';
import { isServerError, withoutValues } from './server-error.ts';
import { shownSql } from './server-message.ts';
import type {
  FlightResult,
  Row,
  Statement,
  StatementResult,
  TransactionStatus,
} from './statement.ts';

/** `pg`'s connection, as far as statements are written to it. */
type Wire = {
  readonly stream: { cork(): void; uncork(): void; destroy(): void };
  parse(message: { readonly name: string; readonly text: string }): void;
  bind(message: {
    readonly portal: string;
    readonly statement: string;
    readonly values: unknown[];
  }): void;
  describe(message: { readonly type: 'P'; readonly name: string }): void;
  execute(message: { readonly portal: string }): void;
  close(message: { readonly type: 'S'; readonly name: string }): void;
  sync(): void;
};

type PgResult = {
  readonly command: string | null;
  readonly rowCount: number | null;
  readonly rows: readonly Row[];
  readonly fields: readonly unknown[];
};

/** The results that `pg`'s query has read: one, or a list when there are several. */
type ResultKeeper = {
  readonly _results: PgResult | readonly PgResult[];
  /** Why a value could not be decoded; the rows after it are dropped. */
  readonly _canceledDueToError: unknown;
};

/** The method of `pg`'s query that reads a command tag. */
type CompletionReader = {
  handleCommandComplete(message: { readonly text: string }, connection: Connection): void;
};

/** A connection and its prepared statements. */
export type FlightClient = { readonly client: Client; readonly prepared: PreparedStatements };

/** A statement on its way. */
type Sent = {
  readonly text: string;
  readonly values: unknown[];
  readonly one: Statement;
  sending: Sending;
};

/**
 * Several statements with one Sync behind them: PostgreSQL's pipeline. The server skips the
 * statements behind one that fails, so it reaches a COMMIT only if BEGIN and everything else has
 * succeeded.
 *
 * `pg` gives each query a Sync of its own. Then the statements behind a failed BEGIN would each
 * commit by itself.
 */
class FlightQuery extends PgQuery {
  readonly #statements: readonly Sent[];
  readonly #by: FlightClient;
  readonly #done: (result: FlightResult) => void;

  constructor(
    by: FlightClient,
    statements: readonly Statement[],
    done: (result: FlightResult) => void,
  ) {
    // A text, since `pg` would copy an object with everything that it inherits.
    super('flight');
    this.#by = by;
    this.#statements = statements.map((one) => ({
      text: one.sql,
      values: encodeParameters(one),
      one,
      sending: asText,
    }));
    this.#done = done;
  }

  override submit = (connection: Connection): void => {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    try {
      this.#write(wire);
    } catch (error) {
      // The cork holds back half of a flight, which must not be sent.
      wire.stream.destroy();
      throw error;
    }
    wire.stream.uncork();
  };

  #write(wire: Wire): void {
    const { prepared } = this.#by;
    for (const sent of this.#statements) {
      const { text, values } = sent;
      sent.sending = prepared.send(text, values.length);
      const { name, parses, closes, describes } = sent.sending;
      if (closes) wire.close({ type: 'S', name });
      if (parses) wire.parse({ name, text });
      wire.bind({ portal: '', statement: name, values });
      if (describes) wire.describe({ type: 'P', name: '' });
      wire.execute({ portal: '' });
    }
    wire.sync();
  }

  /** The server answers an empty text by a message of its own, without a command tag. */
  handleEmptyQuery(connection: Connection): void {
    (this as unknown as CompletionReader).handleCommandComplete({ text: 'EMPTY' }, connection);
  }

  /** The server waits for COPY data. There is none, and the server would skip the Sync. */
  handleCopyInResponse(connection: Connection): void {
    this.handleError(new InvariantViolation('COPY FROM STDIN is not supported: send an INSERT'));
    (connection as unknown as Wire).stream.destroy();
  }

  /** The client calls it for an error of the server, and for the loss of the connection. */
  handleError(error: unknown): void {
    const results = this.#settle();
    if (!isServerError(error)) {
      this.#done({ results, error });
      return;
    }
    // An autocommitted statement may fail after its command tag, when it commits.
    const failed = this.#statements[results.length] ?? this.#statements.at(-1);
    const refused = withoutValues(error, failed?.text);
    const remedy = failed && jsonRemedyOf(error, failed.one, failed.values);
    this.#done({
      results,
      error: remedy === undefined ? refused : new InvariantViolation(remedy, { cause: refused }),
    });
  }

  /** The server has answered the Sync: this is the last message of the flight. */
  handleReadyForQuery(): void {
    const { _canceledDueToError: unreadable } = this as unknown as ResultKeeper;
    if (unreadable) this.handleError(this.#unreadable(unreadable));
    else
      this.#done({
        results: this.#settle(),
        status: this.#by.client.getTransactionStatus() ?? undefined,
      });
  }

  /** The parser's own error may quote the value. */
  #unreadable(error: unknown): InvariantViolation {
    const { name } = error instanceof Error ? error : { name: typeof error };
    const texts = this.#statements.map(({ text }) => shownSql(text));
    return new InvariantViolation(
      `A value of a row cannot be read (${name}), though the statement was executed: ${texts.join('; ')}`,
    );
  }

  #settle(): readonly StatementResult[] {
    const { _results: kept } = this as unknown as ResultKeeper;
    const all = Array.isArray(kept) ? (kept as readonly PgResult[]) : [kept as PgResult];
    // A result without a command is of a statement that failed after it was described, or of none.
    const executed = all.filter(({ command }) => command !== null);
    this.#by.prepared.settle(
      this.#statements,
      executed.map(({ command, fields }) => ({
        command: command as string,
        columns: fields.length,
      })),
    );
    return executed.map(({ command, rowCount, rows }) => ({
      command: command as string,
      rowCount: rowCount ?? 0,
      rows,
    }));
  }
}

/**
 * Sends statements in one piece; settles when their answers are there or the connection is lost.
 *
 * @throws {InvariantViolation} before anything is sent, for a parameter that cannot be
 */
export const fly = (by: FlightClient, statements: readonly Statement[]): Promise<FlightResult> =>
  new Promise((resolve) => {
    by.client.query(new FlightQuery(by, statements, resolve));
  });

/** The same outcome, statement by statement, each with a round trip of its own. */
export const flySerially = async (
  by: FlightClient,
  statements: readonly Statement[],
): Promise<FlightResult> => {
  for (const one of statements) encodeParameters(one);
  const results: StatementResult[] = [];
  let status: TransactionStatus | undefined;
  for (const one of statements) {
    const flown = await fly(by, [one]);
    results.push(...flown.results);
    if (flown.error !== undefined) return { results, error: flown.error };
    status = flown.status;
  }
  return { results, status };
};
