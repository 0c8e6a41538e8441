import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createLocalClock,
  type Invocation,
  type LocalStack,
  type StackOptions,
  startStack,
} from '../../packages/cli/src/local/index.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { describeDeletedStacks } from './local-app/deleted-stacks.ts';
import { describeHostileRequests } from './local-app/hostile-requests.ts';
import { describeRegionLoss } from './local-app/region-loss.ts';
import { projectFolder } from './local-app/runner.ts';

const app = fileURLToPath(new URL('local-app/app.ts', import.meta.url));

let ends: (() => void)[];
let assembly: string;
let stack: LocalStack;
const invocations: Invocation[] = [];

/** Requests that a test answers in the place of the services. */
let intercept: ReturnType<NonNullable<StackOptions['interceptor']>> = () => undefined;

beforeAll(async () => {
  ends = [];
  assembly = join(
    projectFolder((end) => ends.push(end)),
    'cdk.out',
  );
  execFileSync(process.execPath, [app], {
    env: { ...childEnvironment(), CDK_OUTDIR: assembly, WITH_QUEUE: 'true' },
  });
  stack = await startStack({
    assembly,
    // The schedule of a minute comes due each second.
    clock: createLocalClock({ speed: 60 }),
    onInvocation: (invocation) => invocations.push(invocation),
    interceptor: () => (request) => intercept(request),
  });
});

afterAll(async () => {
  await stack.stop();
  for (const end of ends) end();
});

const [primary, secondary] = [0, 1];

const lambdaIn = (region: number): LambdaClient => {
  const { url, region: name } = stack.regions[region] ?? { url: '', region: '' };
  return new LambdaClient({
    region: name,
    endpoint: url,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
};

const invoke = async (region: number, payload: object): Promise<unknown> => {
  const { Payload } = await lambdaIn(region).send(
    new InvokeCommand({ FunctionName: 'notes-notes', Payload: JSON.stringify(payload) }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString());
};

const heardIn = (region: string, fragment: string): readonly Invocation[] =>
  invocations.filter(
    (one) =>
      one.region === region &&
      one.functionName === 'notes-listener' &&
      one.payload.includes(fragment),
  );

describeRegionLoss({
  stack: () => stack,
  invoke: (region, payload) => invoke(region, payload),
  heardIn: (region, fragment) => heardIn(region, fragment),
  intercept: (route) => {
    intercept = route;
  },
});

describe('startStack', () => {
  it('answers the AWS SDK in both Regions over one database', async () => {
    expect(await invoke(primary, { write: 'one' })).toEqual({ written: 'one' });
    expect(await invoke(secondary, {})).toMatchObject({ ids: expect.arrayContaining(['one']) });
  });

  it("takes an event over to the other Region, to the functions of that Region's rules only", async () => {
    await invoke(primary, { write: 'over' });
    await stack.idle();
    const [heard, ...more] = heardIn('us-west-2', '"over"');
    expect(more).toEqual([]);
    expect(JSON.parse(heard?.payload ?? '')).toMatchObject({
      source: 'notes',
      region: 'us-east-1',
      detail: { id: 'over', origin: 'us-east-1' },
    });
    expect(heardIn('us-east-1', '"over"')).toEqual([]);
  });

  it('holds events back while the link between the Regions is cut', async () => {
    stack.network.cut('us-east-1', 'us-west-2');
    await invoke(primary, { write: 'late' });
    expect(heardIn('us-west-2', '"late"')).toEqual([]);
    stack.network.restore('us-east-1', 'us-west-2');
    await stack.idle();
    expect(heardIn('us-west-2', '"late"')).toHaveLength(1);
  });

  it('sends what became of an asynchronous invocation to its bus', async () => {
    await lambdaIn(primary).send(
      new InvokeCommand({
        FunctionName: 'notes-notes',
        InvocationType: 'Event',
        Payload: '{"write":"async"}',
      }),
    );
    await stack.idle();
    const [record, ...more] = heardIn('us-east-1', 'Lambda Function Invocation Result');
    expect(more).toEqual([]);
    expect(JSON.parse(record?.payload ?? '')).toMatchObject({
      source: 'lambda',
      'detail-type': 'Lambda Function Invocation Result - Success',
      detail: { requestPayload: { write: 'async' }, responsePayload: { written: 'async' } },
    });
  });

  it('hands the messages of a queue to its function, and deletes those that it is done with', async () => {
    const [region] = stack.regions;
    const queue = region?.sqs.byName('notes-work');
    const client = new SQSClient({
      ...{ region: 'us-east-1', endpoint: region?.url ?? '' },
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    const Entries = Array.from({ length: 10 }, (_, index) => ({
      Id: `${index}`,
      MessageBody: index === 4 ? 'poison' : `work-${index}`,
    }));
    const QueueUrl = `${region?.url}/000000000000/notes-work`;
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    client.destroy();
    await expect.poll(() => queue?.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    const [batch, ...more] = heardIn('us-east-1', '"aws:sqs"');
    expect(more).toEqual([]);
    expect(JSON.parse(batch?.payload ?? '').Records).toHaveLength(10);
    // It would come again after its visibility timeout, and keep the stack from being idle.
    queue?.purge();
    await stack.idle();
    const { EventSourceMappings } = await lambdaIn(primary).send(
      new ListEventSourceMappingsCommand({ FunctionName: 'notes-listener' }),
    );
    expect(EventSourceMappings).toMatchObject([
      { State: 'Enabled', BatchSize: 10, EventSourceArn: queue?.definition.arn },
    ]);
  });

  it('describes a function without the variables that are local', async () => {
    const { Role, Environment } = await lambdaIn(primary).send(
      new GetFunctionConfigurationCommand({ FunctionName: 'notes-notes' }),
    );
    expect(Role).toMatch(/^arn:aws:iam::000000000000:role\/notes-primary-NotesRole-/);
    expect(Object.keys(Environment?.Variables ?? {}).sort()).toEqual([
      'DSQL_ENDPOINT',
      'DSQL_USER',
      'EVENT_BUS_NAME',
      'MIGRATED',
    ]);
  });

  it('runs schedules at the speed of the clock', async () => {
    await expect
      .poll(() => heardIn('us-east-1', '"tick"').length, { timeout: 10_000 })
      .toBeGreaterThan(1);
  });

  it('gives a custom resource’s answer to what refers to it', async () => {
    expect(await invoke(primary, {})).toMatchObject({ migrated: 'Create' });
  });

  it('serves Function URLs at the address of the output', async () => {
    const { NotesUrl = '' } = stack.outputs['notes-secondary'] ?? {};
    expect(NotesUrl).toBe(stack.regions[secondary]?.functionUrls.get('notes-notes'));
    const response = await fetch(NotesUrl, { method: 'POST', body: '{}' });
    expect(await response.json()).toMatchObject({ ids: expect.arrayContaining(['one']) });
  });

  it('lets an interceptor answer in the place of the services', async () => {
    intercept = ({ headers }) =>
      headers['x-amz-target'] === 'AWSEvents.PutEvents' ? { status: 500, body: '{}' } : undefined;
    try {
      expect(await invoke(primary, { write: 'unsent' })).toHaveProperty('errorType');
      expect(await invoke(primary, {})).toMatchObject({ ids: expect.arrayContaining(['unsent']) });
    } finally {
      intercept = () => undefined;
    }
  });

  it('ends what has started when a later part cannot start', async () => {
    const port = Number(new URL(stack.regions[0]?.url ?? '').port);
    await expect(startStack({ assembly, httpPorts: [port] })).rejects.toThrow(
      `port ${port} for HTTP in us-east-1 is in use`,
    );
  });

  it('says in one line that there is no app in a folder', async () => {
    const empty = join(assembly, 'nowhere');
    rmSync(empty, { recursive: true, force: true });
    await expect(startStack({ assembly: empty })).rejects.toThrow(
      /^cannot read [^\n]*manifest\.json/,
    );
  });

  it('ends a start that is aborted', async () => {
    const abort = new AbortController();
    const starting = startStack({
      assembly,
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(starting).rejects.toThrow('enough');
  });
});

describeHostileRequests(() => stack, invocations);

// The last one, since all that there was is gone then.
describeDeletedStacks(() => stack);
