import { describe, expect, it } from 'vitest';
import {
  eventsMax,
  findEntries,
  type LogEntry,
  loggedEvents,
} from '../../../../../packages/cli/src/commands/trace/log-entries.ts';
import type { LogSource } from '../../../../../packages/cli/src/commands/trace/log-source.ts';
import { traceLines } from '../../../../../packages/cli/src/commands/trace/report.ts';
import { buildTrace } from '../../../../../packages/cli/src/commands/trace/trace.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const request = '4f2c7a31-0f3d-4b53-9d05-2f3f6f1f9e01';
const killed = '4f2c7a31-0f3d-4b53-9d05-2f3f6f1f9e02';
const [reserved, expired] = ['e-reserved', 'e-expired'];

type Line = Readonly<Record<string, unknown>> | string;

/** The logs of one function in one Region, given as its lines. */
const logsOf = (region: string, functionName: string, given: readonly Line[]): LogSource => ({
  region,
  search: async (texts) => ({
    lines: given
      .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
      .filter((text) => texts.some((one) => text.includes(one)))
      .map((text) => ({ region, functionName, text })),
    isCut: false,
  }),
});

const ids = { level: 'INFO', correlationid: 'order-17', traceparent };
const at = (second: number) => ({ timestamp: `2026-11-23T10:00:0${second}.000Z` });

const sources = [
  logsOf('us-east-1', 'api', [
    {
      ...ids,
      ...at(1),
      message: 'Command committed',
      requestId: request,
      key: 'k',
      events: [reserved],
    },
    { ...ids, ...at(9), message: 'of another', correlationid: 'order-170', traceparent: undefined },
    { ...ids, ...at(1), _aws: {}, order: 'order-17' },
    'END RequestId: order-17',
  ]),
  logsOf('us-west-2', 'reminders', [
    {
      ...ids,
      ...at(2),
      message: 'Event failed',
      level: 'ERROR',
      requestId: killed,
      causationid: reserved,
      errors: [{ name: 'Unavailable', message: 'away' }],
    },
    {
      ...ids,
      ...at(3),
      message: 'Events committed',
      requestId: killed,
      causationid: reserved,
      events: [expired],
    },
    {
      ...ids,
      ...at(4),
      message: 'Event handled',
      requestId: killed,
      causationid: reserved,
      type: 'Reserved',
      status: 'committed',
    },
    `2026-11-23T10:00:05.000Z ${killed} Task timed out after 15.00 seconds`,
  ]),
];

const row = (id: string, type: string, changes: object = {}) => ({
  ...{ id, origin: 'us-east-1', occurredAt: 0, dueAt: 0, attempts: 0 },
  envelope: JSON.stringify({ type, correlationid: 'order-17' }),
  ...{ publishedAt: Date.UTC(2026, 10, 23, 10, 0, 1), deadAt: undefined, lastError: undefined },
  ...changes,
});

const tables = {
  rows: [
    row(reserved, 'Reserved'),
    row(expired, 'Expired', {
      publishedAt: undefined,
      deadAt: 1,
      attempts: 60,
      lastError: 'no bus',
    }),
    row('e-other', 'Other', { envelope: JSON.stringify({ correlationid: 'order-18' }) }),
    row('e-broken', 'Broken', { envelope: 'no JSON' }),
  ],
  handled: [
    { eventId: reserved, consumer: 'reminders', handledAt: Date.UTC(2026, 10, 23, 10, 0, 4) },
  ],
};

const regions = ['us-east-1', 'us-west-2'];

describe('the lines of a request', () => {
  it.each(['order-17', reserved, 'k', '0af7651916cd43dd8448eb211c80319c', request])(
    'are found by %s, with those of the platform about its invocations',
    async (id) => {
      const { entries, notes } = await findEntries(sources, id, []);
      expect(notes).toEqual([]);
      expect(entries.map(({ message }) => message)).toEqual([
        ...['Command committed', 'Event failed', 'Events committed', 'Event handled'],
        'Task timed out after 15.00 seconds',
      ]);
    },
  );

  it('are none for an id that only a text has, and for one that nobody knows', async () => {
    expect((await findEntries(sources, 'committed', [])).entries).toEqual([]);
    expect((await findEntries(sources, 'unknown', [])).entries).toEqual([]);
  });

  it('are found by a correlation id that the tables have told', async () => {
    expect((await findEntries(sources, expired, [])).entries).toHaveLength(5);
    expect((await findEntries(sources, 'e-unlogged', ['order-17'])).entries).toHaveLength(5);
  });
});

describe('the trace of a request', () => {
  const traceOf = async () => {
    const { entries } = await findEntries(sources, 'order-17', []);
    return buildTrace('order-17', entries, tables, regions);
  };

  it('puts each event below what has caused it, and says where its way ends', async () => {
    const trace = await traceOf();
    expect(trace).toMatchObject({
      correlationId: 'order-17',
      traceIds: ['0af7651916cd43dd8448eb211c80319c'],
      steps: [{ message: 'Task timed out after 15.00 seconds' }, { key: 'k', status: 'committed' }],
      events: [
        {
          ...{ id: reserved, type: 'Reserved', state: 'published' },
          attemptsLogged: [
            { message: 'Event failed', reason: 'Unavailable: away' },
            { message: 'Events committed' },
            { message: 'Event handled', status: 'committed' },
          ],
          effects: [{ consumer: 'reminders' }],
          missing: [
            'published, and no consumer in us-east-1 has logged it as handled: it is under way, or not for this Region',
          ],
          events: [
            {
              ...{ id: expired, state: 'dead', attempts: 60, lastError: 'no bus' },
              missing: ['given up: antipode outbox redrive makes it due again'],
            },
          ],
        },
      ],
    });
    expect(trace.events).toHaveLength(1);
  });

  it('reads each line a few times, however many events a request has', () => {
    let reads = 0;
    const saying = Array.from({ length: 50 }, (_, line) => ({
      ...{ region: 'us-east-1', functionName: 'api', level: 'INFO', message: 'Command committed' },
      ...{ requestId: request, correlationId: 'c', causationId: undefined, traceId: undefined },
      fields: {
        get events() {
          reads += 1;
          return Array.from({ length: 20 }, (__, at) => `e-${line}-${at}`);
        },
      },
    }));
    const { events } = buildTrace('c', saying, { rows: [], handled: [] }, regions);
    expect(events).toHaveLength(1_000);
    expect(reads).toBeLessThan(10 * saying.length);
  });

  it('names a consumer whose last attempt has failed, and the command that shows its dead letters', async () => {
    const { entries } = await findEntries(sources, 'order-17', []);
    const unhandled = entries.filter(({ message }) => message !== 'Event handled');
    const [event] = buildTrace('order-17', unhandled, tables, regions).events;
    expect(event?.missing).toEqual([
      'reminders in us-west-2 has failed at it: antipode dlq list --region us-west-2 shows whether it was given up',
      'published, and no consumer in us-east-1 has logged it as handled',
      'published, and no consumer in us-west-2 has logged it as handled',
    ]);
  });

  it('is a tree for a person', async () => {
    expect(traceLines(await traceOf())).toEqual([
      'request order-17  trace 0af7651916cd43dd8448eb211c80319c',
      '├ us-west-2  reminders  Task timed out after 15.00 seconds',
      '├ us-east-1  api  10:00:01.000  Command committed: k',
      `└ Reserved ${reserved}  published 10:00:01.000`,
      '  ├ us-west-2  reminders  10:00:02.000  Event failed: Unavailable: away',
      '  ├ us-west-2  reminders  10:00:03.000  Events committed',
      '  ├ us-west-2  reminders  10:00:04.000  Event handled: committed',
      '  ├ took effect once: reminders at 10:00:04.000',
      '  ├ ! published, and no consumer in us-east-1 has logged it as handled: it is under way, or not for this Region',
      `  └ Expired ${expired}  dead, 60 attempts of the relay, no bus`,
      '    └ ! given up: antipode outbox redrive makes it due again',
    ]);
  });
});

describe('the events that lines name', () => {
  const line = (events: readonly string[]): LogEntry => ({
    ...{ region: 'us-east-1', functionName: 'api', level: 'INFO', message: 'Command committed' },
    ...{
      requestId: undefined,
      correlationId: 'order-17',
      causationId: request,
      traceId: undefined,
    },
    fields: { events },
  });
  const eventId = (number: number) =>
    `4f2c7a31-0f3d-4b53-9d05-${number.toString(16).padStart(12, '0')}`;

  it('are each named once, and texts that are no ids are left out', () => {
    const { ids: named, notes } = loggedEvents([line([killed, 'no id']), line([killed])]);
    expect([named, notes]).toEqual([[request, killed], []]);
  });

  it('are read up to a number, and a note says how many were not', () => {
    const events = Array.from({ length: eventsMax + 2 }, (_, at) => eventId(at));
    const { ids: named, notes } = loggedEvents([line(events)]);
    expect(named).toHaveLength(eventsMax);
    expect(notes).toEqual(['3 more events are named by the logs: they were not read']);
  });
});
