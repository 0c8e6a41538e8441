import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cloudFormationRoute,
  stacksIn,
} from '../../../../../packages/cli/src/local/cloudformation/index.ts';
import { stsRoute } from '../../../../../packages/cli/src/local/cloudformation/sts.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';

const resource = (stack: string, region: string, logicalId: string) => ({
  ...{ stack, region, logicalId },
  ...{ type: 'AWS::SQS::Queue', properties: {}, ref: `ref-${logicalId}`, attributes: {} },
});

const many = Array.from({ length: 130 }, (_, index) => resource('many', 'us-east-1', `Q${index}`));
const createdAt = Date.parse('2026-11-23T10:00:00.000Z');
const resources = [
  resource('shop', 'us-east-1', 'A'),
  resource('other', 'us-west-2', 'B'),
  ...many,
];
const outputs = { shop: { Bus: 'a <&> b', Url: 'u' }, other: { Bus: 'c' } };

let server: HttpServer;
let cloudFormation: CloudFormationClient;
let sts: STSClient;

beforeAll(async () => {
  const stacks = stacksIn('us-east-1', resources, outputs);
  const routes = [cloudFormationRoute(stacks, createdAt), stsRoute];
  server = await startHttpServer({ port: 0, routes });
  const settings = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  cloudFormation = new CloudFormationClient(settings);
  sts = new STSClient(settings);
});

afterAll(async () => {
  cloudFormation.destroy();
  sts.destroy();
  await server.stop();
});

describe('CloudFormation to AWS’s own client', () => {
  it('describes the stacks of its Region with their outputs', async () => {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand());
    expect(Stacks.map(({ StackName }) => StackName)).toEqual(['shop', 'many']);
    expect(Stacks[0]).toMatchObject({
      StackId: 'arn:aws:cloudformation:us-east-1:000000000000:stack/shop/local',
      StackStatus: 'CREATE_COMPLETE',
      CreationTime: new Date(createdAt),
      Outputs: [
        { OutputKey: 'Bus', OutputValue: 'a <&> b' },
        { OutputKey: 'Url', OutputValue: 'u' },
      ],
    });
  });

  it.each(['shop', 'arn:aws:cloudformation:us-east-1:000000000000:stack/shop/local'])(
    'finds a stack by its name and by its id: %s',
    async (StackName) => {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      expect(Stacks).toHaveLength(1);
    },
  );

  it('does not know a stack of another Region', async () => {
    await expect(
      cloudFormation.send(new DescribeStacksCommand({ StackName: 'other' })),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack with id other does not exist',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('lists the resources of a stack in pages that together have each once', async () => {
    const names: (string | undefined)[] = [];
    let pages = 0;
    let NextToken: string | undefined;
    do {
      const command = new ListStackResourcesCommand({ StackName: 'many', NextToken });
      const page = await cloudFormation.send(command);
      for (const { PhysicalResourceId } of page.StackResourceSummaries ?? []) {
        names.push(PhysicalResourceId);
      }
      NextToken = page.NextToken;
      pages += 1;
    } while (NextToken !== undefined);
    expect(pages).toBe(2);
    expect(names).toEqual(many.map(({ ref }) => ref));
  });

  it('says what it offers when asked for another operation', async () => {
    await expect(cloudFormation.send(new ListStacksCommand())).rejects.toMatchObject({
      name: 'InvalidAction',
      message:
        'The local stack does not offer ListStacks; it offers DescribeStacks, ListStackResources.',
    });
  });
});

describe('STS to AWS’s own client', () => {
  it('answers who calls', async () => {
    expect(await sts.send(new GetCallerIdentityCommand())).toMatchObject({
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:role/local',
    });
  });

  it('gives keys for each role of the account', async () => {
    const before = Date.now();
    const answer = await sts.send(
      new AssumeRoleCommand({
        RoleArn: 'arn:aws:iam::000000000000:role/cdk-hnb659fds-deploy-role-000000000000-us-east-1',
        RoleSessionName: 'deploy',
        DurationSeconds: 900,
      }),
    );
    expect(answer.AssumedRoleUser?.Arn).toBe(
      'arn:aws:sts::000000000000:assumed-role/cdk-hnb659fds-deploy-role-000000000000-us-east-1/deploy',
    );
    const expiresIn = Number(answer.Credentials?.Expiration) - before;
    expect(expiresIn).toBeGreaterThanOrEqual(899_000);
  });

  it('has no role of another account', async () => {
    const RoleArn = 'arn:aws:iam::111122223333:role/deploy';
    await expect(
      sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'deploy' })),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'The local stack is account 000000000000: it has no role of account 111122223333.',
    });
  });
});
