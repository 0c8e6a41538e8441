import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { parseArn } from '../arn.ts';
import { AwsError, timestamp } from '../aws-json.ts';
import { validTraceHeader } from '../trace-header.ts';
import { type BusEvent, envelopeTime } from './event.ts';
import { InvalidJson, parseJsonText } from './pattern/json-text.ts';

/** PutEvents, API reference. */
const entriesMax = 10;
const detailTypeLengthMax = 128;
/** 1 MB since 2026-01-29; 256 KB before. */
const requestBytesMax = 1024 * 1024;
/**
 * Years 1 to 9999, which a timestamp of RFC 3339 can name. AWS documents no bounds; these refuse
 * milliseconds given for seconds since the epoch, which would be the year 50,000 or so.
 */
const timeSecondsMin = -62_135_596_800;
const timeSecondsMax = 253_402_300_800;
/**
 * Bytes that `Time` adds to the size of an entry (user guide, "Calculating PutEvents event entry
 * size").
 */
const timeBytes = 14;

const entrySchema = v.strictObject({
  Source: v.optional(v.string()),
  DetailType: v.optional(v.string()),
  Detail: v.optional(v.string()),
  /** Seconds since the epoch. */
  Time: v.optional(timestamp),
  Resources: v.optional(v.array(v.string())),
  EventBusName: v.optional(v.string()),
  TraceHeader: v.optional(v.string()),
});

export const putEventsSchema = v.strictObject({ Entries: v.array(entrySchema) });

export type PutEventsEntry = v.InferOutput<typeof entrySchema>;

export type PutEventsResultEntry =
  | { readonly EventId: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

export type PutEventsResult = {
  readonly FailedEntryCount: number;
  /** In the order of the request. */
  readonly Entries: readonly PutEventsResultEntry[];
};

/**
 * An entry that was taken, its place in the request, and the bus it names; the bus need not exist.
 */
export type Accepted = {
  readonly index: number;
  readonly busName: string;
  readonly event: BusEvent;
};

/**
 * Whether the policy of a bus denies a principal to send events of a source. `undefined` stands for
 * the person who runs the stack.
 */
export type Denies = (busName: string, source: string, principalArn: string | undefined) => boolean;

/** Buses without a policy. */
export const nobody: Denies = () => false;

type Origin = {
  readonly region: string;
  readonly account: string;
  readonly now: number;
  /** X-Ray header of the request, for entries without one of their own. */
  readonly traceHeader?: string | undefined;
  /** Whether a bus takes events of a source from others only. */
  readonly isDenied?: (busName: string, source: string) => boolean;
};

/** The code of PutEvents, API reference. */
const notAuthorized = (source: string): PutEventsResultEntry => ({
  ErrorCode: 'NotAuthorizedForSourceException',
  ErrorMessage: `Not authorized for the source ${source}: the policy of the event bus denies it.`,
});

const bytes = (text: string | undefined): number => (text ? Buffer.byteLength(text) : 0);

const entryBytes = (entry: PutEventsEntry): number =>
  (entry.Time === undefined ? 0 : timeBytes) +
  bytes(entry.Source) +
  bytes(entry.DetailType) +
  bytes(entry.Detail) +
  (entry.Resources ?? []).reduce((sum, resource) => sum + bytes(resource), 0);

const checkRequest = (entries: readonly PutEventsEntry[]): void => {
  if (entries.length < 1 || entries.length > entriesMax) {
    const bound =
      entries.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${entriesMax}`;
    throw new AwsError(
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
      { code: 'ValidationException' },
    );
  }
  if (entries.reduce((sum, entry) => sum + entryBytes(entry), 0) > requestBytesMax) {
    throw new AwsError('Total size of the entries in the request is over the limit.', {
      code: 'ValidationException',
    });
  }
};

/** A bus of another account, which has no policy here that could let this one publish. */
const checkAccounts = (entries: readonly PutEventsEntry[], account: string): void => {
  const named = entries.flatMap(({ EventBusName }) => EventBusName ?? []);
  const foreign = named.find((name) => (parseArn(name)?.account ?? account) !== account);
  if (foreign === undefined) return;
  throw new AwsError(
    `User: arn:aws:iam::${account}:role/local is not authorized to perform: events:PutEvents on resource: ${foreign} because no resource-based policy allows the events:PutEvents action`,
    { code: 'AccessDeniedException' },
  );
};

/** Half of a surrogate pair has no UTF-8, so no target could receive it. */
const isJsonObject = (text: string): boolean => {
  try {
    return text.isWellFormed() && parseJsonText(text).kind === 'object';
  } catch (error) {
    if (error instanceof InvalidJson) return false;
    throw error;
  }
};

const invalid = (parameter: string, reason: string): PutEventsResultEntry => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${reason}`,
});

const refusal = (entry: PutEventsEntry): PutEventsResultEntry | undefined => {
  for (const parameter of ['Source', 'DetailType', 'Detail'] as const) {
    if (!entry[parameter]) return invalid(parameter, `${parameter} is a required argument.`);
  }
  for (const parameter of ['Source', 'DetailType'] as const) {
    if (entry[parameter]?.isWellFormed() === false) {
      return invalid(parameter, `${parameter} has half of a surrogate pair.`);
    }
  }
  if ((entry.DetailType?.length ?? 0) > detailTypeLengthMax) {
    return invalid('DetailType', `DetailType is longer than ${detailTypeLengthMax} characters.`);
  }
  if (entry.Source?.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    };
  }
  const { Time = 0 } = entry;
  if (Time < timeSecondsMin || Time >= timeSecondsMax) {
    return invalid('Time', 'Time is in seconds since the epoch, within the years 1 to 9999.');
  }
  return isJsonObject(entry.Detail ?? '')
    ? undefined
    : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
};

/** The bus by name; the ARN of one elsewhere stays as it is, since no bus here has that name. */
export const busNameOf = (
  nameOrArn: string,
  { region, account }: Pick<Origin, 'region' | 'account'>,
): string => {
  const arn = parseArn(nameOrArn);
  const isHere = arn?.region === region && arn.account === account;
  return isHere ? arn.resource.replace(/^event-bus\//, '') : nameOrArn;
};

/**
 * Checks each entry as PutEvents does. A wrong entry never fails the others.
 *
 * @throws {AwsError} `ValidationException` for too many entries or bytes, `AccessDeniedException`
 *   for the bus of another account; each fails them all.
 */
export const acceptEntries = (
  entries: readonly PutEventsEntry[],
  { region, account, now, traceHeader, isDenied }: Origin,
): { readonly result: PutEventsResult; readonly accepted: readonly Accepted[] } => {
  checkRequest(entries);
  checkAccounts(entries, account);
  const accepted: Accepted[] = [];
  const results = entries.map((entry, index): PutEventsResultEntry => {
    const refused = refusal(entry);
    if (refused) return refused;
    const { Source: source = '', DetailType: detailType = '', Detail: detail = '' } = entry;
    const busName = busNameOf(entry.EventBusName ?? 'default', { region, account });
    if (isDenied?.(busName, source)) return notAuthorized(source);
    const event: BusEvent = {
      id: randomUUID(),
      source,
      detailType,
      account,
      time: envelopeTime(entry.Time === undefined ? now : entry.Time * 1000),
      region,
      resources: entry.Resources ?? [],
      detail,
      traceHeader: validTraceHeader(entry.TraceHeader ?? traceHeader),
    };
    accepted.push({ index, busName, event });
    return { EventId: event.id };
  });
  return {
    result: { FailedEntryCount: results.length - accepted.length, Entries: results },
    accepted,
  };
};

/** The result when accepted entries could not be published. */
export const withFailures = (
  result: PutEventsResult,
  failed: readonly number[],
): PutEventsResult => ({
  FailedEntryCount: result.FailedEntryCount + failed.length,
  Entries: result.Entries.map((entry, index) =>
    failed.includes(index)
      ? { ErrorCode: 'InternalFailure', ErrorMessage: 'The local stack could not publish it.' }
      : entry,
  ),
});
