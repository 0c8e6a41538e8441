import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type MappingDefinition,
  mappingRoute,
} from '../../../../../packages/cli/src/local/event-sources/index.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';

const mappings = Array.from(
  { length: 120 },
  (_, index): MappingDefinition => ({
    id: `id-${index}`,
    arn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:id-${index}`,
    queueArn: `arn:aws:sqs:us-east-1:000000000000:q${index}`,
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:f${index % 2}`,
    ...{ batchSize: 10, windowSeconds: 1, concurrencyMax: index === 0 ? 7 : undefined },
    ...{ reportsFailures: true, isEnabled: index !== 1 },
  }),
);

let server: HttpServer;
let client: LambdaClient;

beforeAll(async () => {
  server = await startHttpServer({ port: 0, routes: [mappingRoute(() => mappings, 1_500)] });
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

describe('event source mappings to AWS’s own client', () => {
  it('are described one by one', async () => {
    const { $metadata: _, ...first } = await client.send(
      new GetEventSourceMappingCommand({ UUID: 'id-0' }),
    );
    expect(first).toEqual({
      UUID: 'id-0',
      EventSourceMappingArn: mappings[0]?.arn,
      EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:q0',
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f0',
      ...{ BatchSize: 10, MaximumBatchingWindowInSeconds: 1 },
      ScalingConfig: { MaximumConcurrency: 7 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...{ State: 'Enabled', StateTransitionReason: 'USER_INITIATED' },
      LastModified: new Date(1_500),
    });
    const disabled = await client.send(new GetEventSourceMappingCommand({ UUID: 'id-1' }));
    expect(disabled.State).toBe('Disabled');
  });

  it('are refused where there is none of the id', async () => {
    const asked = client.send(new GetEventSourceMappingCommand({ UUID: 'gone' }));
    await expect(asked).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('are listed in pages', async () => {
    const ids: (string | undefined)[] = [];
    for await (const page of paginateListEventSourceMappings({ client }, {})) {
      ids.push(...(page.EventSourceMappings ?? []).map(({ UUID }) => UUID));
    }
    expect(ids).toEqual(mappings.map(({ id }) => id));
  });

  it('are listed by function and by queue', async () => {
    const of = async (choice: object) => {
      const command = new ListEventSourceMappingsCommand({ MaxItems: 2, ...choice });
      return (await client.send(command)).EventSourceMappings?.map(({ UUID }) => UUID);
    };
    expect(await of({ FunctionName: 'f1' })).toEqual(['id-1', 'id-3']);
    expect(await of({ FunctionName: mappings[0]?.functionArn })).toEqual(['id-0', 'id-2']);
    expect(await of({ EventSourceArn: mappings[5]?.queueArn })).toEqual(['id-5']);
    expect(await of({ EventSourceArn: mappings[5]?.queueArn, FunctionName: 'f0' })).toEqual([]);
  });

  it.each([{ MaxItems: 0 }, { Marker: 'unknown' }])('refuse %j', async (choice) => {
    const asked = client.send(new ListEventSourceMappingsCommand(choice));
    await expect(asked).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });
});
