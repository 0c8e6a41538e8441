import { type HttpRequest, type Route, signatureScope } from 'antipode-local-dsql/http';
import * as v from 'valibot';
import { AwsError, awsJsonRoute, integer, type MissingParameter, operation } from '../aws-json.ts';
import { pageOf } from '../pages.ts';
import { archiveOperations } from './archive-operations.ts';
import type { EventBridge } from './bus.ts';
import { envelopeLevelsMax } from './event.ts';
import { InvalidJson, type JsonText, parseJsonText } from './pattern/json-text.ts';
import { compilePattern, type EventPattern, InvalidEventPattern } from './pattern/pattern.ts';
import { flattenEvent } from './pattern/pattern-event.ts';
import { busNameOf, putEventsSchema } from './put-events.ts';
import { describeRule, ruleOperations } from './rule-operations.ts';

/** TestEventPattern, API reference. */
const requiredEventFields = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

const testEventPatternSchema = v.strictObject({ EventPattern: v.string(), Event: v.string() });

/** ListRules, API reference. */
const rulesMax = 100;

const listRulesSchema = v.strictObject({
  EventBusName: v.optional(v.string(), 'default'),
  NamePrefix: v.optional(v.string(), ''),
  Limit: v.optional(integer),
  NextToken: v.optional(v.string()),
});

const compile = (text: string): EventPattern => {
  try {
    return compilePattern(text);
  } catch (cause) {
    if (!(cause instanceof InvalidEventPattern)) throw cause;
    throw new AwsError(cause.message, { code: 'InvalidEventPatternException', cause });
  }
};

const parseEvent = (text: string): JsonText => {
  try {
    return parseJsonText(text, envelopeLevelsMax);
  } catch (cause) {
    if (!(cause instanceof InvalidJson)) throw cause;
    throw new AwsError('Parameter Event is not valid. Reason: It is not JSON.', {
      code: 'ValidationException',
      cause,
    });
  }
};

const testEventPattern = (input: v.InferOutput<typeof testEventPatternSchema>): unknown => {
  const pattern = compile(input.EventPattern);
  const event = parseEvent(input.Event);
  const fields = new Set(event.kind === 'object' ? event.entries.map(([name]) => name) : []);
  const missing = requiredEventFields.filter((name) => !fields.has(name));
  if (event.kind !== 'object' || missing.length > 0) {
    throw new AwsError(
      `Parameter Event is not valid. Reason: It must be an object with ${missing.join(', ')}.`,
      { code: 'ValidationException' },
    );
  }
  return { Result: pattern.matches(flattenEvent(event)) };
};

const missing: MissingParameter = (issue) => {
  const path = v.getDotPath(issue) ?? '';
  const name = `${path.charAt(0).toLowerCase()}${path.slice(1)}`;
  return new AwsError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
    { code: 'ValidationException' },
  );
};

const limitOf = (limit = rulesMax): number => {
  if (limit >= 1 && limit <= rulesMax) return limit;
  const bound = limit < 1 ? 'greater than or equal to 1' : `less than or equal to ${rulesMax}`;
  throw new AwsError(
    `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
    { code: 'ValidationException' },
  );
};

const listRules = (bridge: EventBridge, input: v.InferOutput<typeof listRulesSchema>): unknown => {
  const busName = busNameOf(input.EventBusName, bridge);
  if (!bridge.buses.includes(busName)) {
    throw new AwsError(`Event bus ${busName} does not exist.`, {
      code: 'ResourceNotFoundException',
    });
  }
  const rules = bridge.rules.filter(
    (rule) => rule.busName === busName && rule.name.startsWith(input.NamePrefix),
  );
  const part = pageOf(rules, ({ name }) => name, {
    itemsMax: limitOf(input.Limit),
    token: input.NextToken,
  });
  if (!part) {
    throw new AwsError('Parameter NextToken is not valid. Reason: No list gave it.', {
      code: 'ValidationException',
    });
  }
  return { Rules: part.items.map((rule) => describeRule(bridge, rule)), NextToken: part.nextToken };
};

/** The access key that has signed a request. */
const accessKeyOf = (request: HttpRequest): string => signatureScope(request)?.accessKeyId ?? '';

/** Kills processes that publish, if failures are injected. */
export type PublishCrashes = {
  readonly draw: (accessKeyId: string) => 'before' | 'after' | undefined;
  readonly kill: (accessKeyId: string) => void;
};

/** The answer to a process that is dead, so that nobody reads it. */
const crashed = (): AwsError =>
  new AwsError('The caller was killed.', { code: 'ServiceUnavailable', status: 503 });

/** Finds who has signed a request, and ends processes that publish. */
export type Publishers = {
  /** The role of the function that has an access key; absent for a person. */
  readonly roleOf?: (accessKeyId: string) => string | undefined;
  readonly crashes?: PublishCrashes | undefined;
};

const putEvents = (
  bridge: EventBridge,
  { roleOf, crashes }: Publishers,
  { Entries }: v.InferOutput<typeof putEventsSchema>,
  request: HttpRequest,
): unknown => {
  const caller = accessKeyOf(request);
  const crash = crashes?.draw(caller);
  if (crash === 'before') {
    crashes?.kill(caller);
    throw crashed();
  }
  const header = request.headers['x-amzn-trace-id'];
  const result = bridge.putEvents(Entries, header, roleOf?.(caller));
  if (crash === 'after') {
    crashes?.kill(caller);
    throw crashed();
  }
  return result;
};

/** Serves the events, rules, archives and replays of one Region to AWS's clients. */
export const eventBridgeRoute = (bridge: EventBridge, publishers: Publishers = {}): Route =>
  awsJsonRoute({
    target: 'AWSEvents',
    version: '1.1',
    operations: {
      PutEvents: operation(
        putEventsSchema,
        (input, request) => putEvents(bridge, publishers, input, request),
        missing,
      ),
      TestEventPattern: operation(testEventPatternSchema, testEventPattern, missing),
      ListRules: operation(listRulesSchema, (input) => listRules(bridge, input)),
      ...ruleOperations(bridge, missing),
      ...archiveOperations(bridge, missing),
    },
  });
