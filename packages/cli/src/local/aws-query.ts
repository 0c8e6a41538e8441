import { randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponse, Route } from 'antipode-local-dsql/http';
import { AwsError } from './aws-json.ts';

/** An answer before it is XML: a list becomes `member` elements, an absent value no element. */
export type QueryValue =
  | string
  | undefined
  | readonly QueryValue[]
  | { readonly [name: string]: QueryValue };

/** Answers one action from its parameters. */
export type QueryOperation = (parameters: URLSearchParams) => QueryValue | Promise<QueryValue>;

/** A service of AWS's query protocol: parameters come as a form, answers go as XML. */
export type AwsQueryService = {
  /** The parameter `Version` of its requests, which tells the services of one port apart. */
  readonly version: string;
  /** XML namespace of its answers. */
  readonly namespace: string;
  readonly operations: Readonly<Record<string, QueryOperation>>;
};

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** The text of an XML element. */
export const xmlText = (text: string): string =>
  text.replace(/[&<>"]/g, (one) => escapes[one] ?? one);

const isList = (value: QueryValue): value is readonly QueryValue[] => Array.isArray(value);

const xml = (value: QueryValue): string => {
  if (value === undefined) return '';
  if (typeof value === 'string') return xmlText(value);
  if (isList(value)) return value.map((one) => `<member>${xml(one)}</member>`).join('');
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) => `<${name}>${xml(inner)}</${name}>`)
    .join('');
};

const respond = (status: number, body: string): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
});

const respondError = ({ namespace }: AwsQueryService, error: AwsError): HttpResponse => {
  const inner = xml({ Type: 'Sender', Code: error.name, Message: error.message });
  const request = `<RequestId>${randomUUID()}</RequestId>`;
  return respond(
    error.status,
    `<ErrorResponse xmlns="${namespace}"><Error>${inner}</Error>${request}</ErrorResponse>`,
  );
};

const run = async (
  { namespace, operations }: AwsQueryService,
  action: string,
  parameters: URLSearchParams,
): Promise<HttpResponse> => {
  const found = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (!found) {
    const known = Object.keys(operations).join(', ');
    throw new AwsError(`The local stack does not offer ${action}; it offers ${known}.`, {
      code: 'InvalidAction',
    });
  }
  const result = `<${action}Result>${xml(await found(parameters))}</${action}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return respond(
    200,
    `<${action}Response xmlns="${namespace}">${result}${metadata}</${action}Response>`,
  );
};

const formOf = ({ method, path, headers, body }: HttpRequest): URLSearchParams | undefined => {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return method === 'POST' && path === '/' && isForm
    ? new URLSearchParams(body.toString('utf8'))
    : undefined;
};

/** Serves a service of the query protocol; requests for other services go to the next route. */
export const awsQueryRoute =
  (service: AwsQueryService): Route =>
  (request) => {
    const parameters = formOf(request);
    if (parameters?.get('Version') !== service.version) return undefined;
    return run(service, parameters.get('Action') ?? '', parameters).catch((error: unknown) => {
      if (error instanceof AwsError) return respondError(service, error);
      throw error;
    });
  };
