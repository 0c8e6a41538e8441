import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ClientSettings, type CloudWatchLogs, loadCloudWatchLogs } from '../service/sdk.ts';

/** A line of a function's log. */
export type LoggedLine = {
  readonly region: string;
  readonly functionName: string;
  readonly text: string;
};

/** The logs of the functions of one Region. */
export interface LogSource {
  readonly region: string;
  /**
   * The lines that have one of the texts.
   *
   * @returns also whether there were more than it reads
   */
  readonly search: (
    texts: readonly string[],
  ) => Promise<{ readonly lines: readonly LoggedLine[]; readonly isCut: boolean }>;
}

/** Lines of one Region that one search gives at most: a request causes a few for each event. */
export const linesMax = 2_000;

const filesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.log'));
  } catch {
    // No function of the Region has logged anything.
    return [];
  }
};

/** `antipode-ledger-api.1.log` is the part of `antipode-ledger-api.log` that was put aside. */
const functionOf = (file: string): string =>
  decodeURIComponent(basename(file, '.log').replace(/\.1$/, ''));

/**
 * The log files that a local stack keeps of one Region.
 *
 * @param folder holds `<region>/<function>.log`
 */
export const localLogs = (folder: string, region: string, since: number): LogSource => ({
  region,
  search: async (texts) => {
    const lines: LoggedLine[] = [];
    let isCut = false;
    for (const file of filesIn(join(folder, region))) {
      const path = join(folder, region, file);
      if (statSync(path).mtimeMs < since) continue;
      const input = createReadStream(path, 'utf8');
      for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        if (!texts.some((one) => text.includes(one))) continue;
        if (lines.length < linesMax) lines.push({ region, functionName: functionOf(file), text });
        else isCut = true;
      }
    }
    return { lines, isCut };
  },
});

/** Pages of one log group; CloudWatch answers many without an event before it finds one. */
const pagesMax = 100;

/** Characters of a filter pattern (API reference of CloudWatch Logs, FilterLogEvents). */
const patternMax = 1_024;

/** Longest text of a pattern; a longer one is cut, and its lines are looked at once more. */
const patternTextMax = 150;

/**
 * Patterns such as `?"a" ?"b"`, which takes the lines that have one of the texts. Each holds as
 * many texts as it may: a caller may choose an id of quotes, which are written as two characters.
 */
const patternsOf = (texts: readonly string[]): readonly string[] => {
  const patterns: string[] = [];
  for (const text of texts) {
    const term = `?"${text.slice(0, patternTextMax).replaceAll(/[\\"]/g, '\\$&')}"`;
    const last = patterns.at(-1);
    if (last === undefined || last.length + 1 + term.length > patternMax) patterns.push(term);
    else patterns[patterns.length - 1] = `${last} ${term}`;
  }
  return patterns;
};

/** The pages of one log group that a pattern finds. The last is `isCut` where more would follow. */
async function* pagesOf(
  logs: CloudWatchLogs,
  client: InstanceType<CloudWatchLogs['CloudWatchLogsClient']>,
  filter: {
    readonly logGroupName: string;
    readonly filterPattern: string;
    readonly startTime: number;
  },
): AsyncGenerator<{ readonly texts: readonly string[]; readonly isCut: boolean }> {
  let nextToken: string | undefined;
  for (let page = 1; page <= pagesMax; page += 1) {
    const command = new logs.FilterLogEventsCommand({ ...filter, nextToken });
    const answer = await client.send(command);
    nextToken = answer.nextToken;
    const texts = (answer.events ?? []).map(({ message = '' }) => message.trimEnd());
    yield { texts, isCut: nextToken !== undefined && page === pagesMax };
    if (nextToken === undefined) return;
  }
}

/**
 * The log groups of functions in AWS, by `FilterLogEvents`.
 *
 * @param load the client of CloudWatch Logs
 */
export const cloudWatchLogs = (
  settings: ClientSettings,
  functionNames: readonly string[],
  since: number,
  load = loadCloudWatchLogs,
): LogSource => ({
  region: settings.region,
  search: async (texts) => {
    const logs = await load();
    const client = new logs.CloudWatchLogsClient(settings);
    const lines: LoggedLine[] = [];
    let isCut = false;

    /** Takes lines of one function as long as there is room; whether there is some left. */
    const take = (functionName: string, found: readonly string[]): boolean => {
      // CloudWatch looks for words, and a text is a part of a line.
      const meant = found.filter((text) => texts.some((one) => text.includes(one)));
      const room = linesMax - lines.length;
      const { region } = settings;
      lines.push(...meant.slice(0, room).map((text) => ({ region, functionName, text })));
      if (meant.length > room) isCut = true;
      return meant.length <= room;
    };

    try {
      for (const functionName of functionNames) {
        for (const filterPattern of patternsOf(texts)) {
          const logGroupName = `/aws/lambda/${functionName}`;
          const filter = { logGroupName, filterPattern, startTime: since };
          for await (const page of pagesOf(logs, client, filter)) {
            isCut ||= page.isCut;
            if (!take(functionName, page.texts)) return { lines, isCut };
          }
        }
      }
    } finally {
      client.destroy();
    }
    return { lines, isCut };
  },
});
