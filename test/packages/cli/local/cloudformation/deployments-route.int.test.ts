import {
  CloudFormationClient,
  ContinueUpdateRollbackCommand,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListChangeSetsCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
  RollbackStackCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deploymentsRoute } from '../../../../../packages/cli/src/local/cloudformation/index.ts';
import type { JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';
import { createEngine, queue, thing } from '../deployment/fixture.ts';

const startedAt = Date.parse('2026-11-30T10:00:00.000Z');

const start = async () => {
  const parts = createEngine();
  const objects = new Map<string, string>();
  const route = deploymentsRoute(parts.east, {
    bootstrapVersion: 1000,
    startedAt,
    readObject: (bucket, key) => Buffer.from(objects.get(`${bucket}/${key}`) ?? ''),
  });
  const server = await startHttpServer({ port: 0, routes: [route] });
  const client = new CloudFormationClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return { ...parts, objects, server, client };
};

let stack: Awaited<ReturnType<typeof start>>;
let server: HttpServer;
let client: CloudFormationClient;

beforeEach(async () => {
  stack = await start();
  ({ server, client } = stack);
});

afterEach(async () => {
  client.destroy();
  await server.stop();
});

const text = (template: JsonObject): string => JSON.stringify(template);
const jobs = (properties: JsonObject = {}) => ({ Resources: { Jobs: queue(properties) } });

const create = async (StackName: string, template: JsonObject) => {
  await client.send(new CreateStackCommand({ StackName, TemplateBody: text(template) }));
  await stack.east.settled(StackName);
};

const described = async (StackName: string) => {
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  return Stacks[0];
};

const plan = (StackName: string, template: JsonObject, type: 'CREATE' | 'UPDATE') =>
  client.send(
    new CreateChangeSetCommand({
      ...{ StackName, ChangeSetName: 'change', ChangeSetType: type },
      TemplateBody: text(template),
    }),
  );

describe('CloudFormation in front of the engine', () => {
  it('creates a stack by a change set, with values of parameters and tags', async () => {
    const template = {
      Description: 'a shop',
      Parameters: { Name: { Type: 'String' } },
      Resources: { Jobs: queue({ QueueName: { Ref: 'Name' } }) },
      Outputs: { Url: { Value: { Ref: 'Jobs' }, Export: { Name: 'jobs-url' } } },
    };
    const { Id, StackId } = await client.send(
      new CreateChangeSetCommand({
        ...{ StackName: 'shop', ChangeSetName: 'first', ChangeSetType: 'CREATE' },
        ...{ TemplateBody: text(template), Description: 'the first one' },
        Parameters: [{ ParameterKey: 'Name', ParameterValue: 'jobs' }],
        Tags: [{ Key: 'Owner', Value: 'a & b' }],
        Capabilities: ['CAPABILITY_IAM'],
        // As the CDK CLI sends them.
        NotificationARNs: [],
        IncludeNestedStacks: true,
        DeploymentConfig: { Mode: 'STANDARD' },
      }),
    );
    expect(await described('shop')).toMatchObject({ StackId, StackStatus: 'REVIEW_IN_PROGRESS' });
    const set = await client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
    expect(set).toMatchObject({
      ...{ ChangeSetName: 'first', Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' },
      ...{ Description: 'the first one', StackName: 'shop' },
      Parameters: [{ ParameterKey: 'Name', ParameterValue: 'jobs' }],
    });
    expect(set.Changes).toMatchObject([
      { Type: 'Resource', ResourceChange: { Action: 'Add', LogicalResourceId: 'Jobs' } },
    ]);
    const list = await client.send(new ListChangeSetsCommand({ StackName: 'shop' }));
    expect(list.Summaries?.map(({ ChangeSetName }) => ChangeSetName)).toEqual(['first']);

    await client.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }));
    await stack.east.settled('shop');
    expect(await described('shop')).toMatchObject({
      ...{ StackStatus: 'CREATE_COMPLETE', Description: 'a shop' },
      Tags: [{ Key: 'Owner', Value: 'a & b' }],
      Parameters: [{ ParameterKey: 'Name', ParameterValue: 'jobs' }],
      Outputs: [{ OutputKey: 'Url', ExportName: 'jobs-url' }],
      EnableTerminationProtection: false,
    });
  });

  it('reads the template that an address in S3 names, in both styles', async () => {
    stack.objects.set('assets/a/one.json', text(jobs()));
    const addresses = [
      `${server.url}/assets/a/one.json`,
      'https://assets.s3.us-east-1.amazonaws.com/a/one.json',
      'https://s3.us-east-1.amazonaws.com/assets/a/one.json',
    ];
    for (const [at, TemplateURL] of addresses.entries()) {
      const StackName = `stack-${at}`;
      await client.send(new CreateStackCommand({ StackName, TemplateURL }));
      const { status } = await stack.east.settled(StackName);
      expect(status).toBe('CREATE_COMPLETE');
      const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName }));
      expect(TemplateBody).toBe(text(jobs()));
    }
  });

  it('tells the events, the last first, and the resources with their names', async () => {
    await create('shop', jobs({ QueueName: 'jobs' }));
    const { StackEvents = [] } = await client.send(
      new DescribeStackEventsCommand({ StackName: 'shop' }),
    );
    expect(StackEvents[0]).toMatchObject({
      ResourceStatus: 'CREATE_COMPLETE',
      ResourceType: 'AWS::CloudFormation::Stack',
      LogicalResourceId: 'shop',
    });
    expect(StackEvents.at(-1)).toMatchObject({ ResourceStatus: 'CREATE_IN_PROGRESS' });
    const times = StackEvents.map(({ Timestamp }) => Number(Timestamp));
    expect(times).toEqual(times.toSorted((one, other) => other - one));

    const expected = { LogicalResourceId: 'Jobs', ResourceType: 'AWS::SQS::Queue' };
    const StackName = 'shop';
    const list = await client.send(new ListStackResourcesCommand({ StackName }));
    expect(list.StackResourceSummaries).toMatchObject([expected]);
    const all = await client.send(new DescribeStackResourcesCommand({ StackName }));
    expect(all.StackResources).toMatchObject([{ ...expected, StackName }]);
    const one = await client.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Jobs' }),
    );
    expect(one.StackResourceDetail).toMatchObject({ ...expected, StackName });
  });

  it('says by which property a resource changes, and that another one is replaced', async () => {
    await create('shop', jobs({ QueueName: 'jobs', VisibilityTimeout: 30 }));
    const changed = jobs({ QueueName: 'others', VisibilityTimeout: 60 });
    const { Id } = await plan('shop', changed, 'UPDATE');
    const { Changes } = await client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
    expect(Changes).toHaveLength(1);
    const change = Changes?.[0]?.ResourceChange;
    expect(change).toMatchObject({
      ...{ Action: 'Modify', LogicalResourceId: 'Jobs', Replacement: 'True' },
      PolicyAction: 'ReplaceAndDelete',
    });
    const targets = change?.Details?.map(({ Target }) => Target);
    expect(targets).toContainEqual({
      ...{ Attribute: 'Properties', Name: 'QueueName', RequiresRecreation: 'Always' },
    });
    expect(targets).toContainEqual({
      ...{ Attribute: 'Properties', Name: 'VisibilityTimeout', RequiresRecreation: 'Never' },
    });
  });

  it('fails a change set without changes, and refuses an update without them', async () => {
    await create('shop', jobs());
    const { Id } = await plan('shop', jobs(), 'UPDATE');
    const set = await client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
    expect(set.Status).toBe('FAILED');
    // The CDK CLI and the aws command look for this text.
    expect(set.StatusReason).toContain("didn't contain changes");
    await expect(
      client.send(new UpdateStackCommand({ StackName: 'shop', TemplateBody: text(jobs()) })),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'No updates are to be performed.',
    });
    expect(stack.east.changeSets('shop').map(({ name }) => name)).toEqual(['change']);
  });

  it('updates a stack in one request, with the values that it had', async () => {
    const template = (delay: number) => ({
      Parameters: { Name: { Type: 'String' } },
      ...jobs({ QueueName: { Ref: 'Name' }, DelaySeconds: delay }),
    });
    await client.send(
      new CreateStackCommand({
        ...{ StackName: 'shop', TemplateBody: text(template(1)) },
        Parameters: [{ ParameterKey: 'Name', ParameterValue: 'jobs' }],
      }),
    );
    await stack.east.settled('shop');
    await client.send(
      new UpdateStackCommand({
        ...{ StackName: 'shop', TemplateBody: text(template(2)) },
        Parameters: [{ ParameterKey: 'Name', UsePreviousValue: true }],
      }),
    );
    await stack.east.settled('shop');
    expect(await described('shop')).toMatchObject({
      StackStatus: 'UPDATE_COMPLETE',
      Parameters: [{ ParameterKey: 'Name', ParameterValue: 'jobs' }],
    });
  });

  it('forgets a change set that is deleted, also when it is deleted again', async () => {
    await create('shop', jobs());
    const { Id } = await plan('shop', jobs({ DelaySeconds: 5 }), 'UPDATE');
    const ChangeSetName = 'change';
    const remove = new DeleteChangeSetCommand({ StackName: 'shop', ChangeSetName });
    await client.send(remove);
    await client.send(remove);
    await expect(
      client.send(new DescribeChangeSetCommand({ ChangeSetName: Id })),
    ).rejects.toMatchObject({
      name: 'ChangeSetNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('deletes a stack, which is known by its id alone afterwards', async () => {
    await create('shop', jobs());
    const id = (await described('shop'))?.StackId ?? '';
    await client.send(new DeleteStackCommand({ StackName: 'shop' }));
    await stack.east.settled(id);
    expect(await described(id)).toMatchObject({ StackStatus: 'DELETE_COMPLETE' });
    await expect(described('shop')).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack with id shop does not exist',
    });
    await expect(
      client.send(new DescribeStackEventsCommand({ StackName: 'shop' })),
    ).rejects.toMatchObject({ message: 'Stack [shop] does not exist' });
    const { StackSummaries } = await client.send(new ListStacksCommand({}));
    expect(StackSummaries).toMatchObject([{ StackName: 'shop', StackStatus: 'DELETE_COMPLETE' }]);
    const StackStatusFilter = ['CREATE_COMPLETE' as const];
    const living = await client.send(new ListStacksCommand({ StackStatusFilter }));
    expect(living.StackSummaries ?? []).toEqual([]);
    const all = await client.send(new DescribeStacksCommand({}));
    expect(all.Stacks ?? []).toEqual([]);
  });

  it('leaves a protected stack, until its protection ends', async () => {
    await create('shop', jobs());
    const protect = (EnableTerminationProtection: boolean) =>
      client.send(
        new UpdateTerminationProtectionCommand({ StackName: 'shop', EnableTerminationProtection }),
      );
    await protect(true);
    expect(await described('shop')).toMatchObject({ EnableTerminationProtection: true });
    const id = (await described('shop'))?.StackId ?? '';
    const remove = () => client.send(new DeleteStackCommand({ StackName: 'shop' }));
    await expect(remove()).rejects.toMatchObject({ name: 'ValidationError' });
    await protect(false);
    await remove();
    expect((await stack.east.settled(id)).status).toBe('DELETE_COMPLETE');
  });

  it('rolls back a stack that was left as it failed', async () => {
    await create('shop', jobs());
    stack.service.fail('create Other');
    const wider = { Resources: { ...jobs().Resources, Other: thing() } };
    const update = new UpdateStackCommand({
      ...{ StackName: 'shop', TemplateBody: text(wider), DisableRollback: true },
    });
    await client.send(update);
    await stack.east.settled('shop');
    expect(await described('shop')).toMatchObject({ StackStatus: 'UPDATE_FAILED' });
    // As the CDK CLI sends it.
    const RetainExceptOnCreate = true;
    await client.send(new RollbackStackCommand({ StackName: 'shop', RetainExceptOnCreate }));
    await stack.east.settled('shop');
    expect(await described('shop')).toMatchObject({ StackStatus: 'UPDATE_ROLLBACK_COMPLETE' });
    await expect(
      client.send(new ContinueUpdateRollbackCommand({ StackName: 'shop' })),
    ).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('lists exports, and the stacks that import them', async () => {
    const Url = { Value: { Ref: 'Jobs' }, Export: { Name: 'jobs-url' } };
    await create('writer', { ...jobs(), Outputs: { Url } });
    await create('reader', {
      Resources: { Reader: thing({ Url: { 'Fn::ImportValue': 'jobs-url' } }) },
    });
    const { Exports } = await client.send(new ListExportsCommand({}));
    expect(Exports).toMatchObject([{ Name: 'jobs-url' }]);
    const imports = await client.send(new ListImportsCommand({ ExportName: 'jobs-url' }));
    expect(imports.Imports).toEqual(['reader']);
  });

  it('sums up a template', async () => {
    const template = {
      Description: 'd',
      Parameters: { Name: { Type: 'String', Default: 'n' } },
      Resources: {
        Jobs: queue(),
        Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'own' } },
      },
    };
    const TemplateBody = text(template);
    const summary = await client.send(new GetTemplateSummaryCommand({ TemplateBody }));
    expect(summary).toMatchObject({
      Description: 'd',
      Parameters: [{ ParameterKey: 'Name', DefaultValue: 'n', ParameterType: 'String' }],
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      ResourceTypes: ['AWS::SQS::Queue', 'AWS::IAM::Role'],
    });
    const valid = await client.send(new ValidateTemplateCommand({ TemplateBody }));
    expect(valid.Capabilities).toEqual(['CAPABILITY_NAMED_IAM']);
  });

  it('describes the bootstrap stack of the CDK, and creates none', async () => {
    const toolkit = await described('CDKToolkit');
    expect(toolkit?.Outputs).toContainEqual({
      OutputKey: 'BootstrapVersion',
      OutputValue: '1000',
    });
    expect(toolkit?.CreationTime).toEqual(new Date(startedAt));
    await expect(plan('CDKToolkit', jobs(), 'UPDATE')).rejects.toThrow(
      'The local stack is bootstrapped already: it needs no stack CDKToolkit.',
    );
  });

  it('creates a stack from a template in YAML, and gives its text back', async () => {
    const TemplateBody =
      'Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\nOutputs:\n  Url:\n    Value: !Ref Jobs\n';
    const command = new CreateStackCommand({ StackName: 'shop', TemplateBody });
    const { StackId = '' } = await client.send(command);
    await stack.east.settled(StackId);
    expect((await described('shop'))?.Outputs?.[0]?.OutputValue).toContain('shop-Jobs');
    const got = await client.send(new GetTemplateCommand({ StackName: 'shop' }));
    expect(got.TemplateBody).toBe(TemplateBody);
  });

  const byAddress = { TemplateBody: undefined };
  it.each([
    ['a parameter that it would ignore', { TimeoutInMinutes: 5 }, 'the parameter TimeoutInMinutes'],
    ['a role for notifications', { NotificationARNs: ['arn'] }, 'NotificationARNs.member.1'],
    ['a template without a resource', { TemplateBody: 'Resources: {}' }, 'Resources member'],
    ['an address that is no URI', { ...byAddress, TemplateURL: 'http://localhost/a/%zz' }, 'URL'],
    ['no template', { TemplateBody: undefined }, 'Either Template URL or Template Body'],
    ['two templates', { TemplateURL: 'http://localhost/a/b' }, 'must specify only one'],
    ['a template that is too long', { TemplateBody: ' '.repeat(51_201) }, '51200'],
  ])('refuses %s', async (_, given, message) => {
    const TemplateBody = text(jobs());
    const command = new CreateStackCommand({ StackName: 'shop', TemplateBody, ...given });
    await expect(client.send(command)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(message),
    });
    expect(stack.service.calls).toEqual([]);
  });

  it('says what it offers when asked for another operation', async () => {
    await expect(
      client.send(new DetectStackDriftCommand({ StackName: 'shop' })),
    ).rejects.toMatchObject({
      name: 'InvalidAction',
      message: expect.stringContaining('does not offer DetectStackDrift; it offers DescribeStacks'),
    });
  });
});
