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

/** What a statement was answered with: the first word of its command tag, and how many columns its rows have. */
export type Executed = { readonly command: string; readonly columns: number };

/** What one connection knows of the statements that it has sent before. */
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

/** Texts that are told apart. What builds more of them builds them anew each time. */
const textsMax = 1_000;

/** A longer text, such as an INSERT of many rows, does not come back as it is. UTF-16 units. */
const textUnitsMax = 8_192;

type Known = {
  name: string;
  /** `unclear` after an error: it may have been prepared before it. */
  state: 'unnamed' | 'on its way' | 'prepared' | 'unclear';
  hasRows: boolean;
};

/**
 * What has no rows where it has no columns. A SELECT without columns has rows all the same, and of what else there is
 * nobody says that it always answers alike.
 */
const rowless: ReadonlySet<string> = new Set([
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'INSERT',
  'UPDATE',
  'DELETE',
]);

/** With its text, and described. */
export const asText: Sending = { name: '', parses: true, closes: false, describes: true };

/**
 * Prepares a statement when it is sent for the second time, so that the server parses and plans it once per connection
 * and what runs only once leaves nothing behind; and asks for the columns of rows only where there are some.
 *
 * A statement whose preparation has not been answered yet, or was skipped because of an error, is sent with its text.
 * What is known of one stays known for the life of the connection: less than an hour.
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
