import type { Route } from 'antipode-local-dsql/http';
import * as v from 'valibot';
import { AwsError, awsJsonRoute, integer, operation } from '../aws-json.ts';
import { pageOf } from '../pages.ts';
import { readFilterPattern } from './filter-pattern.ts';
import type { LogStore, StoredLine } from './log-store.ts';

/** Events of one answer (API reference, FilterLogEvents). */
const eventsMax = 10_000;
/** Groups of one answer (API reference, DescribeLogGroups). */
const groupsMax = 50;

const groupPrefix = '/aws/lambda/';

const filterSchema = v.strictObject({
  logGroupName: v.optional(v.string()),
  logGroupIdentifier: v.optional(v.string()),
  filterPattern: v.optional(v.string()),
  startTime: v.optional(integer),
  endTime: v.optional(integer),
  limit: v.optional(integer),
  nextToken: v.optional(v.string()),
  interleaved: v.optional(v.boolean()),
});

const groupsSchema = v.strictObject({
  logGroupNamePrefix: v.optional(v.string()),
  limit: v.optional(integer),
  nextToken: v.optional(v.string()),
});

const invalid = (message: string): AwsError =>
  new AwsError(message, { code: 'InvalidParameterException' });

const notFound = (): AwsError =>
  new AwsError('The specified log group does not exist.', { code: 'ResourceNotFoundException' });

type LogsDeps = {
  readonly region: string;
  readonly account: string;
  readonly store: LogStore;
  /** The functions of the Region: each has a log group, also before its first line. */
  readonly functions: () => readonly string[];
};

const nameOf = ({ logGroupName, logGroupIdentifier = '' }: v.InferOutput<typeof filterSchema>) =>
  logGroupName ?? logGroupIdentifier.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, '');

/** One stream for each function: the stack does not tell its execution environments apart. */
const streamName = 'local';

const eventOf = ({ id, at, text }: StoredLine) => ({
  logStreamName: streamName,
  timestamp: at,
  ingestionTime: at,
  message: `${text}\n`,
  eventId: String(id),
});

const filterEvents = ({ region, store, functions }: LogsDeps) =>
  operation(filterSchema, (input) => {
    const group = nameOf(input);
    const functionName = group.slice(groupPrefix.length);
    const known = functions().includes(functionName);
    if (!group.startsWith(groupPrefix) || !known) throw notFound();
    const isWanted = readFilterPattern(input.filterPattern ?? '');
    if (!isWanted) throw invalid('The local stack reads filter patterns of words and texts only.');
    const { startTime = 0, endTime = Number.POSITIVE_INFINITY } = input;
    const found = store
      .lines(region, functionName)
      .filter(({ at, text }) => at >= startTime && at <= endTime && isWanted(text));
    const itemsMax = Math.min(Math.max(1, input.limit ?? eventsMax), eventsMax);
    const page = pageOf(found, ({ id }) => String(id), { itemsMax, token: input.nextToken });
    if (!page) throw invalid('The specified nextToken is invalid.');
    return { events: page.items.map(eventOf), searchedLogStreams: [], nextToken: page.nextToken };
  });

const describeGroups = ({ region, account, functions }: LogsDeps) =>
  operation(groupsSchema, ({ logGroupNamePrefix = '', limit = groupsMax, nextToken }) => {
    const names = functions()
      .map((name) => `${groupPrefix}${name}`)
      .filter((name) => name.startsWith(logGroupNamePrefix))
      .toSorted();
    const itemsMax = Math.min(Math.max(1, limit), groupsMax);
    const page = pageOf(names, (name) => name, { itemsMax, token: nextToken });
    if (!page) throw invalid('The specified nextToken is invalid.');
    return {
      logGroups: page.items.map((logGroupName) => {
        const arn = `arn:aws:logs:${region}:${account}:log-group:${logGroupName}`;
        return { logGroupName, arn: `${arn}:*`, logGroupArn: arn };
      }),
      nextToken: page.nextToken,
    };
  });

/**
 * Serves FilterLogEvents and DescribeLogGroups of one Region.
 *
 * @see FilterLogEvents in the API reference of CloudWatch Logs
 */
export const logsRoute = (deps: LogsDeps): Route =>
  awsJsonRoute({
    target: 'Logs_20140328',
    version: '1.1',
    operations: { FilterLogEvents: filterEvents(deps), DescribeLogGroups: describeGroups(deps) },
  });
