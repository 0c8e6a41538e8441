import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { createStackControl } from '../../../../src/handlers/runtime/custom-resource/stack-control.ts';

const stackId = 'arn:aws:cloudformation:us-west-2:123456789012:stack/shop/1a2b';

let answer = { status: 200, body: '' };
const asked: (string | undefined)[] = [];
const server = createServer(async (request, response) => {
  asked.push(await text(request), request.headers.authorization);
  response.statusCode = answer.status;
  response.end(answer.body);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const stacks = createStackControl({
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});
const ask = () => stacks.describe(stackId, AbortSignal.timeout(5_000));

describe('the status of a stack', () => {
  it('is asked in the Region of the stack, with a signed request', async () => {
    const parameters =
      '<Parameters><member><ParameterKey>First</ParameterKey><ParameterValue>one</ParameterValue></member>' +
      '<member><ParameterKey>Second</ParameterKey><ParameterValue/></member></Parameters>';
    const status = '<StackStatus>DELETE_FAILED</StackStatus>';
    answer = { status: 200, body: `<member>${parameters}${status}</member>` };
    expect(await ask()).toEqual({
      status: 'DELETE_FAILED',
      parameters: { First: 'one', Second: '' },
    });
    const [body, authorization] = asked;
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      Action: 'DescribeStacks',
      Version: '2010-05-15',
      StackName: stackId,
    });
    expect(authorization).toMatch(/Credential=key\/\d+\/us-west-2\/cloudformation\/aws4_request/);
  });

  it('is refused by the name and the message of the service', async () => {
    const error = '<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>';
    answer = { status: 403, body: error };
    await expect(ask()).rejects.toMatchObject({ name: 'AccessDenied', message: 'not authorized' });
  });

  it.each([
    [200, 'Something else than CloudFormation answered'],
    [502, 'HTTP status 502'],
  ])('is not read from an answer %s of something else', async (status, message) => {
    answer = { status, body: 'hello' };
    await expect(ask()).rejects.toThrow(message);
  });
});

describe('the update of a stack', () => {
  it('keeps the template and the other parameters, and touches the given types alone', async () => {
    asked.splice(0);
    answer = { status: 200, body: '' };
    const resourceTypes = ['AWS::DSQL::Cluster'];
    const change = { parameters: { Peer: 'arn:peer' }, kept: ['First'], resourceTypes };
    await stacks.update(stackId, change, AbortSignal.timeout(5_000));
    expect(Object.fromEntries(new URLSearchParams(asked[0]))).toEqual({
      Action: 'UpdateStack',
      Version: '2010-05-15',
      StackName: stackId,
      UsePreviousTemplate: 'true',
      'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
      'Parameters.member.1.ParameterKey': 'Peer',
      'Parameters.member.1.ParameterValue': 'arn:peer',
      'Parameters.member.2.ParameterKey': 'First',
      'Parameters.member.2.UsePreviousValue': 'true',
      'ResourceTypes.member.1': 'AWS::DSQL::Cluster',
    });
  });
});
