import type { HttpRequest, HttpResponse, Route } from 'antipode-local-dsql/http';
import { isObject } from '../aws-json.ts';
import { pageOf } from '../pages.ts';
import type { RunningSchedule, Schedules } from './schedules.ts';

const onePath = /^\/schedules\/([^/]+)$/;

/** Schedules of one page (API reference, ListSchedules). */
const schedulesMax = 100;

const failure = (status: number, code: string, Message: string): HttpResponse => ({
  status,
  headers: { 'x-amzn-errortype': code },
  body: JSON.stringify({ Message }),
});

const answer = (body: unknown): HttpResponse => ({ status: 200, body: JSON.stringify(body) });

type SchedulerApi = Pick<Schedules, 'definitions' | 'put'>;

const stateOf = ({ enabled }: RunningSchedule): string => (enabled ? 'ENABLED' : 'DISABLED');

const describe = (schedule: RunningSchedule) => ({
  ...schedule.properties,
  Arn: schedule.arn,
  // Seconds, as this API has all times.
  CreationDate: schedule.createdAt / 1_000,
  GroupName: schedule.groupName,
  Name: schedule.name,
  State: stateOf(schedule),
});

/** Members of UpdateSchedule that are as they were, or may be left out. */
const changed = (
  given: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
) =>
  Object.keys(given).find(
    (name) =>
      !['State', 'ClientToken', 'Name'].includes(name) &&
      JSON.stringify(given[name]) !== JSON.stringify(now[name]),
  );

const parsed = ({ body }: HttpRequest): unknown => {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch {
    return undefined;
  }
};

const update = (
  api: SchedulerApi,
  schedule: RunningSchedule,
  request: HttpRequest,
): HttpResponse => {
  const given = parsed(request);
  if (!isObject(given)) {
    return failure(400, 'ValidationException', 'The request body is not a JSON object.');
  }
  const other = changed(given, describe(schedule));
  if (other !== undefined) {
    const rule = 'the local stack changes the State of a schedule only; its template has the rest';
    return failure(
      400,
      'ValidationException',
      `${other} differs from that of the schedule: ${rule}.`,
    );
  }
  // UpdateSchedule sets what is left out to its default.
  api.put({ ...schedule, enabled: given['State'] !== 'DISABLED' });
  return answer({ ScheduleArn: schedule.arn });
};

const list = (api: SchedulerApi, { query }: HttpRequest): HttpResponse => {
  const prefix = query.get('NamePrefix') ?? '';
  const wanted = api.definitions().filter(({ name }) => name.startsWith(prefix));
  const page = pageOf(wanted, ({ arn }) => arn, {
    itemsMax: Math.min(Number(query.get('MaxResults')) || schedulesMax, schedulesMax),
    token: query.get('NextToken') ?? undefined,
  });
  if (!page) return failure(400, 'ValidationException', 'NextToken is not valid: no list gave it.');
  return answer({
    Schedules: page.items.map((one) => ({
      Arn: one.arn,
      GroupName: one.groupName,
      Name: one.name,
      State: stateOf(one),
      Target: { Arn: one.target.arn },
    })),
    NextToken: page.nextToken,
  });
};

/**
 * Serves GetSchedule, ListSchedules and UpdateSchedule of one Region. An update may change the
 * state of a schedule only.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
 */
export const schedulerRoute =
  (api: SchedulerApi): Route =>
  (request) => {
    const { method, path, query } = request;
    if (method === 'GET' && /^\/schedules\/?$/.test(path)) return list(api, request);
    const [, encoded] = onePath.exec(path) ?? [];
    if (encoded === undefined || (method !== 'GET' && method !== 'PUT')) return undefined;
    const name = decodeURIComponent(encoded);
    const group = query.get('groupName') ?? 'default';
    const found = api.definitions().find((one) => one.name === name && one.groupName === group);
    if (!found)
      return failure(404, 'ResourceNotFoundException', `Schedule ${name} does not exist.`);
    return method === 'PUT' ? update(api, found, request) : answer(describe(found));
  };
