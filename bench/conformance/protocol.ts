import { type ConformanceCase, conformanceGroup } from './conformance-group.ts';
import { type JsonAnswer, type LocalBus, place, startLocalBus } from './local-bus.ts';

const jsonProtocol = 'https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html';
const commonErrors = 'https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html';

type Case = ConformanceCase<LocalBus>;

const textWith = (prefix: string, byte: number, suffix: string) =>
  Buffer.concat([Buffer.from(prefix), Buffer.from([byte]), Buffer.from(suffix)]);

const errorOf = ({ status, body }: JsonAnswer) => ({
  status,
  type: `${body['__type']}`.replace(/^.*#/, ''),
});

const send = async (bus: LocalBus, path: string, request: RequestInit) => {
  const response = await fetch(`${bus.url}${path}`, request);
  const text = await response.text();
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), text };
};

const events = { 'x-amz-target': 'AWSEvents.ListRules' };

const cases: readonly Case[] = [
  {
    title: 'PutEvents refuses a body that is not UTF-8',
    source: 'recorded',
    expected: { status: 400, type: 'SerializationException' },
    ask: async (bus) => {
      const body = textWith('{"Entries":[{"Source":"', 0xff, '","DetailType":"t","Detail":"{}"}]}');
      return errorOf(await bus.call('AWSEvents.PutEvents', body));
    },
  },
  {
    title: 'SendMessage refuses a body that is not UTF-8',
    source: 'recorded',
    expected: { status: 400, type: 'SerializationException' },
    ask: async (bus) => {
      const QueueUrl = `${bus.url}/${place.account}/orders`;
      const body = textWith(`{"QueueUrl":"${QueueUrl}","MessageBody":"`, 0xc3, '"}');
      return errorOf(await bus.call('AmazonSQS.SendMessage', body));
    },
  },
  {
    title: 'an operation that does not exist is unknown',
    source: 'recorded',
    expected: { status: 400, type: 'UnknownOperationException' },
    ask: async (bus) => errorOf(await bus.call('AWSEvents.NoSuchOperation', {})),
  },
  {
    title: 'a target of a service that is absent is unknown',
    source: 'recorded',
    expected: { status: 400, type: 'UnknownOperationException' },
    ask: async (bus) => errorOf(await bus.call('DynamoDB_20120810.ListTables', {})),
  },
  {
    title: 'an action of a service that is absent is invalid, in XML',
    source: 'https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html',
    expected: { status: 400, code: 'InvalidAction' },
    ask: async (bus) => {
      const body = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31' });
      const { status, text } = await send(bus, '/', { method: 'POST', body });
      return { status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1] };
    },
  },
  {
    title: 'PUT with a target runs nothing',
    source: jsonProtocol,
    expected: 404,
    ask: async (bus) => (await send(bus, '/', { method: 'PUT', headers: events })).status,
  },
  {
    title: 'a target on another path runs nothing',
    source: jsonProtocol,
    expected: 404,
    ask: async (bus) =>
      (await send(bus, '/elsewhere', { method: 'POST', headers: events, body: '{}' })).status,
  },
  {
    title: 'a malformed path is a bad request, without a text of JavaScript',
    source: commonErrors,
    expected: { status: 400, type: 'MalformedHttpRequestException', javascript: false },
    ask: async (bus) => {
      const { status, type, text } = await send(bus, '/%E0%A4%A', { method: 'GET' });
      return { status, type, javascript: /URI|Error:/.test(text) };
    },
  },
  {
    title: 'a body of more than 8 MiB is answered in the shape that clients read',
    source: commonErrors,
    expected: { status: 413, type: 'RequestEntityTooLargeException' },
    ask: async (bus) => {
      const body = Buffer.alloc(8 * 1024 * 1024 + 1, 0x20);
      const { status, type } = await send(bus, '/', { method: 'POST', headers: events, body });
      return { status, type };
    },
  },
];

/** The protocols over HTTP that all services share. */
export const protocolGroup = conformanceGroup({
  name: 'protocol',
  start: () => startLocalBus({ orders: {} }),
  cases,
});
