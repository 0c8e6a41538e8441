import { type ConformanceCase, conformanceGroup } from './conformance-group.ts';
import { type JsonAnswer, type LocalBus, startLocalBus } from './local-bus.ts';

const putEventsPage =
  'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html';
const entryPage =
  'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html';
const patternPage =
  'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html';
const listRulesPage =
  'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html';

type Case = ConformanceCase<LocalBus>;

const entry = (changes: object = {}) => ({
  Source: 'antipode.ledger',
  DetailType: 'TransactionRecorded',
  EventBusName: 'ledger',
  Detail: '{}',
  ...changes,
});

const put = (bus: LocalBus, entries: readonly object[]): Promise<JsonAnswer> =>
  bus.call('AWSEvents.PutEvents', { Entries: entries });

const resultsOf = ({ body }: JsonAnswer) =>
  (body['Entries'] ?? []) as readonly Readonly<Record<string, string>>[];

/** The code of each entry, `taken` for one that has an id. */
const codesOf = (answer: JsonAnswer): readonly string[] =>
  resultsOf(answer).map(({ EventId, ErrorCode = '' }) => (EventId ? 'taken' : ErrorCode));

const errorOf = ({ status, body }: JsonAnswer) => ({ status, type: body['__type'] });

const nested = (levels: number): string =>
  `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

const entryCases: readonly Case[] = [
  {
    title: 'an entry without a source is refused alone',
    source: 'recorded',
    expected: {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: 'Parameter Source is not valid. Reason: Source is a required argument.',
    },
    ask: async (bus) => resultsOf(await put(bus, [entry(), entry({ Source: '' })]))[1],
  },
  {
    title: 'a detail that is an array or a string is malformed',
    source: 'recorded',
    expected: ['MalformedDetail', 'MalformedDetail', 'MalformedDetail'],
    ask: async (bus) =>
      codesOf(
        await put(
          bus,
          ['[1]', '"a"', '{"a":'].map((Detail) => entry({ Detail })),
        ),
      ),
  },
  {
    title: 'an entry nested a level too deep fails alone, and the third is delivered',
    source: putEventsPage,
    expected: { codes: ['taken', 'MalformedDetail', 'taken'], delivered: ['first', 'third'] },
    ask: async (bus) => {
      const answer = await put(bus, [
        entry({ Detail: '{"place":"first"}' }),
        entry({ Detail: nested(1_001) }),
        entry({ Detail: '{"place":"third"}' }),
      ]);
      const places = (await bus.delivered()).flatMap((payload) => {
        const { detail } = JSON.parse(payload) as { readonly detail: { readonly place?: string } };
        return detail.place ?? [];
      });
      return { codes: codesOf(answer), delivered: places };
    },
  },
  {
    title: 'a detail may be nested 1,000 levels deep',
    source: putEventsPage,
    expected: ['taken'],
    ask: async (bus) => codesOf(await put(bus, [entry({ Detail: nested(1_000) })])),
  },
  {
    title: 'a detail type has at most 128 characters',
    source: entryPage,
    expected: ['taken', 'InvalidArgument'],
    ask: async (bus) =>
      codesOf(
        await put(bus, [
          entry({ DetailType: 'x'.repeat(128) }),
          entry({ DetailType: 'x'.repeat(129) }),
        ]),
      ),
  },
  {
    title: 'a source of AWS is not authorized',
    source: entryPage,
    expected: ['NotAuthorizedForSourceException'],
    ask: async (bus) => codesOf(await put(bus, [entry({ Source: 'aws.ec2' })])),
  },
  {
    title: 'an event for a bus that does not exist is acknowledged',
    source: 'recorded',
    expected: { codes: ['taken'], failed: 0 },
    ask: async (bus) => {
      const answer = await put(bus, [entry({ EventBusName: 'nowhere' })]);
      return { codes: codesOf(answer), failed: answer.body['FailedEntryCount'] };
    },
  },
];

const requestCases: readonly Case[] = [
  {
    title: 'a request of eleven entries fails whole',
    source: putEventsPage,
    expected: { status: 400, type: 'ValidationException' },
    ask: async (bus) =>
      errorOf(
        await put(
          bus,
          Array.from({ length: 11 }, () => entry()),
        ),
      ),
  },
  {
    title: 'a request of more than 1 MB fails whole',
    source: 'recorded',
    expected: {
      status: 400,
      message: 'Total size of the entries in the request is over the limit.',
    },
    ask: async (bus) => {
      const Detail = JSON.stringify({ a: 'x'.repeat(1024 * 1024) });
      const { status, body } = await put(bus, [entry({ Detail })]);
      return { status, message: body['message'] };
    },
  },
  {
    title: 'a time that is text is refused by the reader',
    source: 'recorded',
    expected: { status: 400, type: 'SerializationException' },
    ask: async (bus) => errorOf(await put(bus, [entry({ Time: '2026-01-01' })])),
  },
  {
    title: 'the time of an event has whole seconds',
    source: entryPage,
    expected: '2023-11-14T22:13:20Z',
    ask: async (bus) => {
      await put(bus, [entry({ Time: 1_700_000_000.9, DetailType: 'Timed' })]);
      const payload = (await bus.delivered()).find((text) => text.includes('"Timed"')) ?? '{}';
      return (JSON.parse(payload) as { readonly time?: string }).time;
    },
  },
];

const event = (detail: unknown): string =>
  JSON.stringify({
    id: '1',
    account: '0',
    source: 's',
    time: '2026-01-01T00:00:00Z',
    region: 'us-east-1',
    resources: [],
    'detail-type': 't',
    detail,
  });

const matches = async (bus: LocalBus, pattern: object, detail: unknown) => {
  const answer = await bus.call('AWSEvents.TestEventPattern', {
    EventPattern: JSON.stringify(pattern),
    Event: event(detail),
  });
  return answer.body['Result'] ?? answer.body['__type'];
};

const patternCases: readonly Case[] = [
  {
    title: 'exists: false matches an array of objects none of which has the field',
    source: 'recorded',
    expected: [true, false],
    ask: async (bus) => {
      const pattern = { detail: { items: { gone: [{ exists: false }] } } };
      return [
        await matches(bus, pattern, { items: [{ kept: 1 }, { kept: 2 }] }),
        await matches(bus, pattern, { items: [{ gone: 1 }, { gone: 2 }] }),
      ];
    },
  },
  {
    title: 'a string equals no number',
    source: patternPage,
    expected: [true, false],
    ask: async (bus) => [
      await matches(bus, { detail: { a: [300] } }, { a: 300 }),
      await matches(bus, { detail: { a: [300] } }, { a: '300' }),
    ],
  },
  {
    title: 'a pattern with a scalar where a list is due is refused',
    source: 'recorded',
    expected: 'InvalidEventPatternException',
    ask: (bus) => matches(bus, { detail: { a: 1 } }, { a: 1 }),
  },
  {
    title: 'rules are listed in pages that reach all of them',
    source: listRulesPage,
    expected: 22,
    ask: async (bus) => {
      const names = new Set<string>();
      let NextToken: unknown;
      do {
        const given = { EventBusName: 'listed', Limit: 5, ...(NextToken ? { NextToken } : {}) };
        const { body } = await bus.call('AWSEvents.ListRules', given);
        for (const { Name } of body['Rules'] as readonly { Name: string }[]) names.add(Name);
        NextToken = body['NextToken'];
      } while (NextToken);
      return names.size;
    },
  },
];

/** EventBridge: `PutEvents`, patterns and lists. */
export const eventBridgeGroup = conformanceGroup({
  name: 'eventbridge',
  start: () => startLocalBus(),
  cases: [...entryCases, ...requestCases, ...patternCases],
});
