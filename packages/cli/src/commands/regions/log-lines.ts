import type { Clients } from './region-clients.ts';

/** A line of a log; its id is unique in its log. */
export type LogLineView = { readonly id: string; readonly at: number; readonly text: string };

/** Lines of a log, the oldest first, and whether others of the same time were left unread. */
export type LogLines = { readonly lines: readonly LogLineView[]; readonly hasMore: boolean };

/** The lines of a function's log that are wanted. */
export type LogQuestion = {
  readonly functionName: string;
  /** A filter pattern of CloudWatch Logs. */
  readonly pattern: string;
  /** The first and the last millisecond since the epoch. */
  readonly from: number;
  readonly to?: number;
  readonly linesMax: number;
};

/** Pages of one log group; CloudWatch answers many without an event before it finds one. */
const pagesMax = 50;

/** The oldest lines of a log. */
export const readLines = async (
  { logs }: Pick<Clients, 'logs'>,
  { functionName, pattern, from, to, linesMax }: LogQuestion,
): Promise<LogLines> => {
  const { sdk, client } = await logs();
  const lines: LogLineView[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < pagesMax && lines.length <= linesMax; page += 1) {
    const answer = await client.send(
      new sdk.FilterLogEventsCommand({
        logGroupName: `/aws/lambda/${functionName}`,
        filterPattern: pattern,
        startTime: from,
        endTime: to,
        nextToken,
      }),
    );
    for (const { eventId: id = '', timestamp: at = 0, message = '' } of answer.events ?? []) {
      lines.push({ id, at, text: message.trimEnd() });
    }
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  const hasMore = nextToken !== undefined || lines.length > linesMax;
  return { lines: lines.slice(0, linesMax), hasMore };
};

/** The first piece of time before now, in which the newest lines are looked for. Milliseconds. */
const pieceMs = 60_000;
/** How much longer each piece is than the one before, or shorter where one has too many lines. */
const pieceFactor = 4;

/**
 * The newest lines of a log. CloudWatch answers the oldest first: where a log has more than are
 * wanted, pieces of time are read back from `now`.
 *
 * @param now milliseconds since the epoch
 */
export const readLastLines = async (
  clients: Pick<Clients, 'logs'>,
  question: Omit<LogQuestion, 'to'>,
  now: number,
): Promise<LogLines> => {
  const { from, linesMax } = question;
  const whole = await readLines(clients, question);
  if (!whole.hasMore) return whole;
  let found: readonly LogLineView[] = [];
  let to = now;
  let lengthMs = pieceMs;
  while (to >= from && found.length < linesMax) {
    const start = Math.max(from, to - Math.ceil(lengthMs) + 1);
    const piece = await readLines(clients, { ...question, from: start, to });
    // The lines of one millisecond are the shortest piece there is.
    const isShortest = start === to;
    if (piece.hasMore && !isShortest) {
      lengthMs /= pieceFactor;
      continue;
    }
    found = [...piece.lines, ...found];
    to = start - 1;
    lengthMs *= pieceFactor;
  }
  return { lines: found.slice(-linesMax), hasMore: true };
};
