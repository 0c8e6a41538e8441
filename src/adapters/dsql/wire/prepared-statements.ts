/** How a statement is sent this time. */
export type Sending = {
  /** Of the prepared statement; empty for one that is prepared for this execution alone. */
  readonly name: string;
  /** Whether its text is sent with it. */
  readonly parses: boolean;
  /** Whether a statement of that name may exist, and must go first. */
  readonly closes: boolean;
  /** Whether the server is asked for the columns of its rows. */
  readonly describes: boolean;
};

/** The answer to a statement: the first word of its command tag, and the columns of its rows. */
export type Executed = { readonly command: string; readonly columns: number };

/** The statements that one connection has sent before, and which of them are prepared. */
export interface PreparedStatements {
  /** Called in the order in which the statements are sent. */
  readonly send: (text: string, parameters: number) => Sending;
  /**
   * The flight has been answered.
   *
   * @param sent the statements of the flight, as `send` has answered for them
   * @param executed what each statement that was executed was answered with, in their order
   */
  readonly settle: (
    sent: readonly { readonly text: string; readonly sending: Sending }[],
    executed: readonly Executed[],
  ) => void;
}

/** A service has some dozens of statements; each costs memory of its session in the database. */
export const preparedStatementsMaxDefault = 100;

/** Texts that are remembered. A program with more of them builds each text anew every time. */
const textsMax = 1_000;

/** Longer texts, such as an INSERT of many rows, are hardly ever sent twice. UTF-16 units. */
const textUnitsMax = 8_192;

type Known = {
  name: string;
  /** `unclear` after an error: it may have been prepared before it. */
  state: 'unnamed' | 'on its way' | 'prepared' | 'unclear';
  hasRows: boolean;
};

/**
 * Commands that have no rows if they have no columns. A SELECT without columns may have rows, and
 * of other commands no document says so.
 */
const rowless: ReadonlySet<string> = new Set([
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'INSERT',
  'UPDATE',
  'DELETE',
]);

/** Sends a statement with its text, unnamed, and asks for its columns. */
export const asText: Sending = { name: '', parses: true, closes: false, describes: true };

/**
 * Prepares a statement when it is sent for the second time: the server parses and plans it once per
 * connection, and a statement that runs once leaves nothing behind. Columns are asked for only
 * where a statement has rows.
 *
 * A statement is sent with its text until the server has answered its preparation, and again after
 * an error has skipped that. The memory lasts as long as the connection: less than an hour.
 *
 * @param namesMax statements that may be prepared; 0 for none, and each is described then
 */
export const createPreparedStatements = (namesMax: number): PreparedStatements => {
  const texts = new Map<string, Known>();
  let names = 0;

  const learn = (text: string): void => {
    if (namesMax === 0 || texts.size >= textsMax || text.length > textUnitsMax) return;
    texts.set(text, { name: '', state: 'unnamed', hasRows: true });
  };

  return {
    send: (text, parameters) => {
      const known = texts.get(text);
      if (!known) {
        learn(text);
        return asText;
      }
      const describes = known.hasRows;
      if (known.state === 'prepared') {
        return { name: known.name, parses: false, closes: false, describes };
      }
      // BEGIN and COMMIT have no parameters, and nothing to plan.
      const mayPrepare = parameters > 0 && (known.name !== '' || names < namesMax);
      if (!mayPrepare || known.state === 'on its way') return { ...asText, describes };
      const closes = known.state === 'unclear';
      if (known.name === '') {
        names += 1;
        known.name = `antipode_${names}`;
      }
      known.state = 'on its way';
      return { name: known.name, parses: true, closes, describes };
    },
    settle: (sent, executed) => {
      const complete = sent.length === executed.length;
      for (const [at, { text, sending }] of sent.entries()) {
        const known = texts.get(text);
        if (!known) continue;
        const answer = executed[at];
        if (answer) {
          if (sending.name !== '') known.state = 'prepared';
          if (complete) known.hasRows = answer.columns > 0 || !rowless.has(answer.command);
        } else if (sending.name !== '' && (sending.parses || at === executed.length)) {
          known.state = 'unclear';
        }
      }
    },
  };
};
