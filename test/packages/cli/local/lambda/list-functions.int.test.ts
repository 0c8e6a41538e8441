import { LambdaClient, ListFunctionsCommand, paginateListFunctions } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createListFunctions,
  type LocalFunction,
} from '../../../../../packages/cli/src/local/lambda/index.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';

const functionNamed = (name: string): Pick<LocalFunction, 'configuration'> => ({
  configuration: {
    name,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    ...{ region: 'us-east-1', runtime: 'nodejs24.x', codeDir: '.', handler: 'index.handler' },
    ...{ timeoutSeconds: 3, memoryMb: 128, environment: { SIZE: 'small' }, createdAt: 0 },
  },
});

const names = Array.from({ length: 120 }, (_, index) => `f${index}`);

let server: HttpServer;
let client: LambdaClient;

beforeAll(async () => {
  const routes = [createListFunctions(() => names.map(functionNamed))];
  server = await startHttpServer({ port: 0, routes });
  client = new LambdaClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await server.stop();
});

describe('ListFunctions to AWS’s own client', () => {
  it('lists every function once, in pages of fifty', async () => {
    const pages: (string | undefined)[][] = [];
    for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
      pages.push(Functions.map(({ FunctionName }) => FunctionName));
    }
    expect(pages.map(({ length }) => length)).toEqual([50, 50, 20]);
    expect(pages.flat()).toEqual(names);
  });

  it('describes a function as GetFunctionConfiguration does', async () => {
    const { Functions = [] } = await client.send(new ListFunctionsCommand({ MaxItems: 1 }));
    expect(Functions).toEqual([
      expect.objectContaining({
        FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f0',
        Timeout: 3,
        Environment: { Variables: { SIZE: 'small' } },
      }),
    ]);
  });

  it.each([
    [{ MaxItems: 0 }, 'MaxItems must be a whole number'],
    [{ Marker: 'none' }, 'Marker is not valid'],
  ])('refuses %j', async (input, message) => {
    await expect(client.send(new ListFunctionsCommand(input))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining(message),
    });
  });
});
