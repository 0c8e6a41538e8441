import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { antipodeLocal, freePorts, projectFolder } from './local-app/runner.ts';

const StackName = 'jobs';

const template = (seconds: number): string =>
  JSON.stringify({
    Resources: {
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: { QueueName: 'jobs', VisibilityTimeout: seconds },
      },
    },
  });

it('antipode local --empty waits for deployments, and changes what it has got', async () => {
  const runner = antipodeLocal(projectFolder(onTestFinished), ['--empty', ...freePorts]);
  onTestFinished(async () => {
    runner.child.kill('SIGINT');
    expect(await runner.exited).toBe(0);
  });
  const [, port] = /AWS_ENDPOINT_URL=http:\/\/localhost:(\d+) /.exec(
    await runner.prints('Ctrl-C ends it.'),
  ) ?? [undefined, ''];
  const client = {
    region: 'us-west-2',
    endpoint: `http://localhost:${port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const stacks = new CloudFormationClient(client);
  const sqs = new SQSClient(client);
  const wait = { client: stacks, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };

  await stacks.send(new CreateStackCommand({ StackName, TemplateBody: template(30) }));
  await waitUntilStackCreateComplete(wait, { StackName });
  const { QueueUrls: [QueueUrl] = [] } = await sqs.send(new ListQueuesCommand({}));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }));

  await stacks.send(new UpdateStackCommand({ StackName, TemplateBody: template(60) }));
  await waitUntilStackUpdateComplete(wait, { StackName });
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] }),
  );
  expect(Attributes).toEqual({ VisibilityTimeout: '60' });
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages).toMatchObject([{ Body: 'kept' }]);

  await stacks.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(wait, { StackName });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  expect(QueueUrls).toEqual([]);
}, 120_000);
