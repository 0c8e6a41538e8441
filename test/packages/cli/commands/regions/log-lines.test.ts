import { describe, expect, it } from 'vitest';
import {
  type LogLineView,
  readLastLines,
  readLines,
} from '../../../../../packages/cli/src/commands/regions/log-lines.ts';

type Input = {
  readonly startTime: number;
  readonly endTime?: number;
  readonly nextToken?: string;
};

/** Events of one page of the fake log. */
const pageEvents = 100;

/** A log that answers the oldest lines first, with empty pages before them. */
const logOf = (times: readonly number[], emptyPages = 0) => {
  const all = times.map((timestamp, at) => ({ eventId: `${at}`, timestamp, message: `${at}\n` }));
  let requests = 0;
  const answer = ({ startTime, endTime = Infinity, nextToken = '0' }: Input) => {
    requests += 1;
    const found = all.filter(({ timestamp: at }) => at >= startTime && at <= endTime);
    const page = Number(nextToken) - emptyPages;
    const events = page < 0 ? [] : found.slice(page * pageEvents, (page + 1) * pageEvents);
    const isLast = page >= 0 && (page + 1) * pageEvents >= found.length;
    return { events, nextToken: isLast ? undefined : String(Number(nextToken) + 1) };
  };
  class FilterLogEventsCommand {
    readonly input: Input;
    constructor(input: Input) {
      this.input = input;
    }
  }
  const client = { send: async ({ input }: FilterLogEventsCommand) => answer(input) };
  const logs = async () => ({ sdk: { FilterLogEventsCommand }, client });
  return { clients: { logs } as never, requests: () => requests };
};

const now = 1_000_000_000;
const question = { functionName: 'api', pattern: '', from: now - 86_400_000 };
const idsOf = (lines: readonly LogLineView[]) => lines.map(({ id }) => Number(id));
const range = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('the oldest lines of a log', () => {
  it('say that there are more where a look has not read all pages', async () => {
    const { clients } = logOf([now], 60);
    const read = await readLines(clients, { ...question, linesMax: 10 });
    expect(read).toEqual({ lines: [], hasMore: true });
  });

  it.each([
    [250, 250, false],
    [251, 250, true],
  ])('are all of them where %i lines are at most %i', async (count, linesMax, hasMore) => {
    const { clients } = logOf(range(count).map((at) => now - 1_000 + at));
    const read = await readLines(clients, { ...question, linesMax });
    expect(read.lines).toHaveLength(250);
    expect(read.hasMore).toBe(hasMore);
  });
});

describe('the newest lines of a log', () => {
  it('are all of them, by one request, where there are no more', async () => {
    const { clients, requests } = logOf([now - 80_000_000, now]);
    const read = await readLastLines(clients, { ...question, linesMax: 500 }, now);
    expect([idsOf(read.lines), read.hasMore, requests()]).toEqual([[0, 1], false, 1]);
  });

  it.each<[string, readonly number[]]>([
    ['come one each minute', range(1_000).map((at) => now - (999 - at) * 60_000)],
    ['come at once, a day ago', range(1_000).map((at) => now - 86_000_000 + at)],
    ['come many in each second', range(1_000).map((at) => now - 999 + at)],
    [
      'come in two bursts',
      range(1_000).map((at) => (at < 700 ? now - 80_000_000 + at : now - 5_000 + at)),
    ],
  ])('are the last ones where more %s', async (_, times) => {
    const { clients, requests } = logOf(times);
    const { lines, hasMore } = await readLastLines(clients, { ...question, linesMax: 500 }, now);
    expect(idsOf(lines)).toEqual(range(1_000).slice(-500));
    expect(hasMore).toBe(true);
    expect(requests()).toBeLessThan(150);
  });

  it('end where one millisecond has more lines than are wanted', async () => {
    const { clients } = logOf(range(1_000).map(() => now - 5));
    const { lines } = await readLastLines(clients, { ...question, linesMax: 500 }, now);
    expect(lines).toHaveLength(500);
  });
});
