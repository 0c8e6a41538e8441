import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentsRoute } from '../../../../../packages/cli/src/local/cloudformation/index.ts';
import { stsRoute } from '../../../../../packages/cli/src/local/cloudformation/sts.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';
import { createEngine, deploy, queue } from '../deployment/fixture.ts';

const queuesMany = 130;
const shop = {
  Resources: { A: queue() },
  Outputs: { Bus: { Value: 'a <&> b' }, Url: { Value: 'u' } },
};
const many = {
  Resources: Object.fromEntries(
    Array.from({ length: queuesMany }, (_, index) => [`Q${index}`, queue()]),
  ),
};

const shopId = 'arn:aws:cloudformation:us-east-1:000000000000:stack/shop/id-1';

let server: HttpServer;
let cloudFormation: CloudFormationClient;
let sts: STSClient;

beforeAll(async () => {
  const { east, west } = createEngine();
  await deploy(east, 'shop', shop);
  await deploy(west, 'other', shop);
  await deploy(east, 'many', many);
  const readObject = () => Buffer.from('');
  const route = deploymentsRoute(east, { readObject, bootstrapVersion: 30, startedAt: 0 });
  const routes = [route, stsRoute];
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
    const names = Stacks.map(({ StackName }) => StackName);
    expect(names).toEqual(expect.arrayContaining(['shop', 'many']));
    expect(names).not.toContain('other');
    expect(Stacks.find(({ StackName }) => StackName === 'shop')).toMatchObject({
      StackId: shopId,
      StackStatus: 'CREATE_COMPLETE',
      Outputs: [
        { OutputKey: 'Bus', OutputValue: 'a <&> b' },
        { OutputKey: 'Url', OutputValue: 'u' },
      ],
    });
  });

  it.each(['shop', shopId])('finds a stack by its name and by its id: %s', async (StackName) => {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    expect(Stacks).toHaveLength(1);
  });

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
    const names = new Set<string | undefined>();
    let pages = 0;
    let NextToken: string | undefined;
    do {
      const command = new ListStackResourcesCommand({ StackName: 'many', NextToken });
      const page = await cloudFormation.send(command);
      for (const { PhysicalResourceId } of page.StackResourceSummaries ?? []) {
        names.add(PhysicalResourceId);
      }
      NextToken = page.NextToken;
      pages += 1;
    } while (NextToken !== undefined);
    expect(pages).toBe(2);
    expect(names.size).toBe(queuesMany);
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
