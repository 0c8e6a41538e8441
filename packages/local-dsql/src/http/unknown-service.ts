import { randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponse } from './http.ts';
import { signatureScope } from './signature-scope.ts';

/** The services of a Region's port, by their names in a signature. */
const services = ['lambda', 'events', 'sqs', 'dsql', 'cloudformation', 'sts', 's3', 'ssm'];

const unknownOperation = 'UnknownOperationException';

/** Services whose clients read errors in XML; all others of this kind of path read JSON. */
const xmlServices: ReadonlySet<string> = new Set(['s3', 's3express', 'cloudfront', 'route53']);

const messageFor = (request: HttpRequest, operation: string): string => {
  const has = services.join(', ');
  const service = signatureScope(request)?.service;
  return service === undefined || services.includes(service)
    ? `No service of the local stack answers ${operation}: it has ${has}.`
    : `The local stack does not have ${service}: it has ${has}. No service answers ${operation}.`;
};

const pathOperation = ({ method, path }: HttpRequest): string => `${method} ${path}`;

const json = (status: number, message: string, type: string): HttpResponse => ({
  status,
  headers: { 'content-type': type, 'x-amzn-errortype': unknownOperation },
  body: JSON.stringify({ __type: unknownOperation, message }),
});

/** Services that have the target's protocol answer 400 to an operation that they do not know. */
const unknownTarget = (request: HttpRequest, target: string): HttpResponse => {
  const { method, path, headers } = request;
  const status = method === 'POST' && path === '/' ? 400 : 404;
  const type = headers['content-type'] ?? 'application/x-amz-json-1.1';
  return json(status, messageFor(request, target), type);
};

const xmlEscapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const xml = (text: string): string => text.replace(/[&<>]/g, (one) => xmlEscapes[one] ?? one);

/**
 * An error of the query protocol.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
const invalidAction = (message: string): HttpResponse => ({
  status: 400,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>${xml(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
});

const xmlError = (message: string): HttpResponse => ({
  status: 404,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${unknownOperation}</Code><Message>${xml(message)}</Message><RequestId>${randomUUID()}</RequestId></Error>`,
});

/** A text of CBOR: its length is in the first byte up to 23, then in one, then in two bytes. */
const cborText = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const size = bytes.length;
  const head =
    size < 24 ? [0x60 | size] : size < 256 ? [0x78, size] : [0x79, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
};

/** A map of two members. */
const cborMapOfTwo = 0xa2;

/** AWS does not document the status. Smithy's own servers answer 404. */
const cborError = (message: string): HttpResponse => ({
  status: 404,
  headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
  body: Buffer.concat([
    Buffer.from([cborMapOfTwo]),
    ...['__type', unknownOperation, 'message', message].map(cborText),
  ]),
});

/** The action of the query protocol, which has it in a form or in the address. */
const queryActionOf = ({ headers, query, body }: HttpRequest): string | undefined => {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const parameters = isForm ? new URLSearchParams(body.toString('utf8')) : query;
  return parameters.get('Action') ?? undefined;
};

/**
 * Answers a request for a service that the local stack does not have, in the protocol in which it
 * was asked: a client that cannot read the protocol could not name the error.
 */
export const unknownService = (request: HttpRequest): HttpResponse => {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return unknownTarget(request, target);
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') {
    return cborError(messageFor(request, pathOperation(request)));
  }
  const action = queryActionOf(request);
  if (action !== undefined) return invalidAction(messageFor(request, action));
  const message = messageFor(request, pathOperation(request));
  return xmlServices.has(signatureScope(request)?.service ?? '')
    ? xmlError(message)
    : json(404, message, 'application/json');
};
