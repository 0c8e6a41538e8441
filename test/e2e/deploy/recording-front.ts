import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signatureScope } from '../../../packages/local-dsql/src/http/index.ts';
import type { Call } from '../../infra/deployer/allow.ts';

/** A call of AWS, with the role whose keys have signed it. */
export type SignedCall = Call & {
  /** The name of the role; absent for the keys of the person. */
  readonly role?: string;
};

const account = '000000000000';

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

/** The stack of a request: by its ARN, by its name, or every one. */
const stackArn = (region: string, form: URLSearchParams): string => {
  const name = form.get('StackName');
  if (name === null) return form.get('ChangeSetName')?.replace('changeSet/', 'stack/') ?? '*';
  if (name.startsWith('arn:')) return name;
  return `arn:aws:cloudformation:${region}:${account}:stack/${name}/id`;
};

const bucketActions: Readonly<Record<string, string>> = {
  location: 's3:GetBucketLocation',
  encryption: 's3:GetEncryptionConfiguration',
  'list-type': 's3:ListBucket',
};

const s3Call = (method: string, { pathname, searchParams }: URL): Call => {
  const resource = `arn:aws:s3:::${decodeURIComponent(pathname.slice(1))}`;
  if (resource.includes('/')) {
    return { action: method === 'PUT' ? 's3:PutObject' : 's3:GetObject', resource };
  }
  const [query] = Object.keys(bucketActions).filter((name) => searchParams.has(name));
  return { action: bucketActions[query ?? 'list-type'] ?? '', resource };
};

/** The calls of IAM that stand for a request; one that passes a role is two. */
const callsIn = (
  { method = '', headers }: IncomingMessage,
  url: URL,
  { region, service }: { readonly region: string; readonly service: string },
  body: string,
): readonly Call[] => {
  if (service === 's3') return [s3Call(method, url)];
  const target = headers['x-amz-target'];
  if (typeof target === 'string') {
    const { Name = '' } = JSON.parse(body) as { readonly Name?: string };
    const resource = `arn:aws:ssm:${region}:${account}:parameter${Name}`;
    return [{ action: `${service}:${target.split('.').at(-1)}`, resource }];
  }
  const form = new URLSearchParams(body);
  const action = `${service}:${form.get('Action')}`;
  // Everybody may ask who they are (STS API reference).
  if (action === 'sts:GetCallerIdentity') return [];
  const role = form.get('RoleArn') ?? form.get('RoleARN');
  if (service === 'sts') return [{ action, resource: role ?? '*' }];
  const passed = { action: 'iam:PassRole', resource: role ?? '' };
  return [{ action, resource: stackArn(region, form) }, ...(role === null ? [] : [passed])];
};

/** Stands before a port, hands every request on, and writes down what it would ask of IAM. */
export const openRecordingFront = async (origin: string) => {
  const calls: SignedCall[] = [];
  const roles = new Map<string, string>();
  const server = createServer(async (message, response) => {
    const body = await bodyOf(message);
    const url = new URL(message.url ?? '/', origin);
    const authorization = message.headers.authorization ?? '';
    const scope = signatureScope({ headers: { authorization }, query: url.searchParams });
    const asked = scope ? callsIn(message, url, scope, body.toString()) : [];
    const role = roles.get(scope?.accessKeyId ?? '');
    for (const call of asked) calls.push(role === undefined ? call : { ...call, role });
    const { method } = message;
    // The port behind answers to no other name.
    const headers = { ...message.headers, host: `localhost:${url.port}` };
    const next = request(url, { method: method ?? 'GET', headers }, async (answer) => {
      const answered = await bodyOf(answer);
      const [, key] = /<AccessKeyId>(\w+)</.exec(answered.toString()) ?? [];
      const [taken] = asked;
      if (key && taken) roles.set(key, taken.resource.split('/').at(-1) ?? '');
      response.writeHead(answer.statusCode ?? 500, answer.headers).end(answered);
    });
    next.on('error', () => response.writeHead(502).end());
    next.end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    /** The calls since the last look. */
    taken: (): readonly SignedCall[] => calls.splice(0),
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
