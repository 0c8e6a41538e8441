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

/** What one connection knows of the statements that it has sent before. */
export interface PreparedStatements {
  /** Called in the order in which the statements are sent. */
  readonly send: (text: string, parameters: number) => Sending;
  /**
   * The flight has been answered.
   *
   * @param sent the statements of the flight, as `send` has answered for them
   * @param columns of each statement that was executed, in their order
   */
  readonly settle: (
    sent: readonly { readonly text: string; readonly sending: Sending }[],
    columns: readonly number[],
  ) => void;
}

/** A service has some dozens of statements; each costs memory of its session in the database. */
export const preparedStatementsMaxDefault = 100;

/** Texts that are told apart. What builds more of them builds them anew each time. */
const textsMax = 1_000;

/** A longer text, such as an INSERT of many rows, does not come back as it is. UTF-16 units. */
const textUnitsMax = 8_192;

type Known = {
  name: string;
  /** `unclear` after an error: it may have been prepared before it. */
  state: 'unnamed' | 'on its way' | 'prepared' | 'unclear';
  hasColumns: boolean;
};

const unknown: Sending = { name: '', parses: true, closes: false, describes: true };

/**
 * Prepares a statement when it is sent for the second time, so that the server parses and plans it once per connection
 * and what runs only once leaves nothing behind; and asks for the columns of rows only where there are some.
 *
 * A statement whose preparation has not been answered yet, or was skipped because of an error, is sent with its text.
 *
 * @param namesMax statements that may be prepared; 0 for none
 */
export const createPreparedStatements = (namesMax: number): PreparedStatements => {
  const texts = new Map<string, Known>();
  let names = 0;

  const learn = (text: string): void => {
    if (texts.size >= textsMax || text.length > textUnitsMax) return;
    texts.set(text, { name: '', state: 'unnamed', hasColumns: true });
  };

  return {
    send: (text, parameters) => {
      const known = texts.get(text);
      if (!known) {
        learn(text);
        return unknown;
      }
      const describes = known.hasColumns;
      if (known.state === 'prepared') {
        return { name: known.name, parses: false, closes: false, describes };
      }
      // BEGIN and COMMIT have no parameters, and nothing to plan.
      const mayPrepare = parameters > 0 && (known.name !== '' || names < namesMax);
      if (!mayPrepare || known.state === 'on its way') return { ...unknown, describes };
      const closes = known.state === 'unclear';
      if (known.name === '') {
        names += 1;
        known.name = `antipode_${names}`;
      }
      known.state = 'on its way';
      return { name: known.name, parses: true, closes, describes };
    },
    settle: (sent, columns) => {
      const complete = sent.length === columns.length;
      for (const [at, { text, sending }] of sent.entries()) {
        const known = texts.get(text);
        if (!known) continue;
        if (at < columns.length) {
          if (sending.name !== '') known.state = 'prepared';
          if (complete) known.hasColumns = (columns[at] ?? 1) > 0;
        } else if (sending.name !== '' && (sending.parses || at === columns.length)) {
          known.state = 'unclear';
        }
      }
    },
  };
};
