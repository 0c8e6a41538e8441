import { describe, expect, it } from 'vitest';
import {
  type CustomResources,
  createCustomResources,
} from '../../../../../packages/cli/src/local/stack/custom-resources.ts';
import type { Json, JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import type { Resource } from '../../../../../packages/cli/src/local/template/model.ts';

const resource: Resource = {
  stack: 'app',
  region: 'us-east-1',
  logicalId: 'Migration',
  type: 'Custom::Migration',
  ref: 'Migration',
  attributes: {},
  properties: { ServiceToken: 'arn:fn', Revision: 7, Flags: [true] },
};

/** The fields that an answer copies from its request. */
const idsOf = ({ RequestId, StackId, LogicalResourceId }: JsonObject): JsonObject =>
  ({ RequestId, StackId, LogicalResourceId }) as JsonObject;

/**
 * A function behind custom resources: sees each request, and may answer with what it returns and
 * the ids of the request.
 */
const withFunction = (
  handle: (request: JsonObject) => JsonObject | undefined,
  result: { readonly payload: string; readonly functionError?: string } = { payload: 'null' },
): CustomResources => {
  const resources = createCustomResources({
    origin: () => 'http://local',
    invoke: async (_, payload) => {
      const request = JSON.parse(payload) as JsonObject;
      const answer = handle(request);
      if (answer)
        await put(resources, String(request['ResponseURL']), { ...idsOf(request), ...answer });
      return result;
    },
  });
  return resources;
};

const put = (resources: CustomResources, url: string, answer: Json) =>
  resources.route({
    method: 'PUT',
    path: new URL(url).pathname,
    query: new URLSearchParams(),
    rawQuery: '',
    headers: {},
    body: Buffer.from(JSON.stringify(answer)),
  });

const success = { Status: 'SUCCESS', PhysicalResourceId: 'id-1', Data: { Version: '12' } };

describe('custom resources', () => {
  it('creates with every number and boolean as a string, as CloudFormation sends them', async () => {
    let seen: JsonObject = {};
    const resources = withFunction((request) => {
      seen = request;
      return success;
    });
    const { ref, data } = await resources.run(resource, undefined);
    expect(seen).toMatchObject({
      RequestType: 'Create',
      LogicalResourceId: 'Migration',
      ResourceProperties: { Revision: '7', Flags: ['true'] },
    });
    expect(seen).not.toHaveProperty('PhysicalResourceId');
    expect([ref, data['Version']]).toEqual(['id-1', '12']);
  });

  it('updates what it created before, with the old properties', async () => {
    let seen: JsonObject = {};
    const resources = withFunction((request) => {
      seen = request;
      return success;
    });
    await resources.run(resource, { physicalResourceId: 'id-1', properties: { Revision: 6 } });
    expect(seen).toMatchObject({
      RequestType: 'Update',
      PhysicalResourceId: 'id-1',
      OldResourceProperties: { Revision: '6' },
    });
  });

  it('deletes with the properties that it had', async () => {
    let seen: JsonObject = {};
    const resources = withFunction((request) => {
      seen = request;
      return { ...success, NoEcho: true };
    });
    const previous = { physicalResourceId: 'id-1', properties: { Revision: 7 } };
    const options = { isDeletion: true, stackId: 'arn:stack' };
    expect(await resources.run(resource, previous, options)).toMatchObject({ noEcho: true });
    expect(seen).toMatchObject({
      ...{ RequestType: 'Delete', StackId: 'arn:stack', PhysicalResourceId: 'id-1' },
      ResourceProperties: { Revision: '7' },
    });
    expect(seen).not.toHaveProperty('OldResourceProperties');
  });

  it("fails with the function's reason", async () => {
    const resources = withFunction(() => ({
      ...{ Status: 'FAILED', Reason: 'no such role' },
      PhysicalResourceId: 'id-1',
    }));
    await expect(resources.run(resource, undefined)).rejects.toThrow(
      'Received response status [FAILED] from custom resource. Message returned: no such role',
    );
  });

  it('fails when the function fails before it answers', async () => {
    const payload = JSON.stringify({ errorType: 'TypeError', errorMessage: 'x is undefined' });
    const resources = withFunction(() => undefined, { payload, functionError: 'Unhandled' });
    await expect(resources.run(resource, undefined)).rejects.toThrow('TypeError: x is undefined');
  });

  it('fails when the function returns and never answers', async () => {
    const resources = withFunction(() => undefined);
    await expect(resources.run(resource, undefined)).rejects.toThrow('returned without an answer');
  });

  it.each<[string, JsonObject, string]>([
    [
      'is longer than 4,096 bytes',
      { Data: { All: 'é'.repeat(2_000) } },
      'Response object is too long.',
    ],
    ['has no physical id', { PhysicalResourceId: null }, 'Invalid PhysicalResourceId'],
    ['has an empty physical id', { PhysicalResourceId: '' }, 'Invalid PhysicalResourceId'],
    [
      'has a physical id above 1,024 bytes',
      { PhysicalResourceId: 'é'.repeat(513) },
      'Invalid PhysicalResourceId',
    ],
    [
      'has a physical id that is no text',
      { PhysicalResourceId: 7 },
      'Invalid Response object: Value of property PhysicalResourceId must be of type String',
    ],
    [
      'has data that is no object',
      { Data: ['12'] },
      'Invalid Response object: Value of property Data must be an object',
    ],
    [
      'fails without a physical id',
      { Status: 'FAILED', Reason: 'no such role', PhysicalResourceId: null },
      'Invalid PhysicalResourceId',
    ],
  ])('refuses an answer that %s, as CloudFormation does', async (_, change, message) => {
    const resources = withFunction(() => ({ ...success, ...change }));
    await expect(resources.run(resource, undefined)).rejects.toThrow(
      expect.objectContaining({ message }),
    );
  });

  it('takes an answer of 4,096 bytes, and a physical id of 1,024', async () => {
    const answer = (request: JsonObject): JsonObject => {
      const bare = { ...success, PhysicalResourceId: 'i'.repeat(1_024), Data: { All: '' } };
      const { length } = JSON.stringify({ ...idsOf(request), ...bare });
      return { ...bare, Data: { All: 'a'.repeat(4_096 - length) } };
    };
    const { ref } = await withFunction(answer).run(resource, undefined);
    expect(ref).toHaveLength(1_024);
  });

  it('waits for the answer to its own request, not for one that names another', async () => {
    const fields = ['RequestId', 'StackId', 'LogicalResourceId'];
    const failures = await Promise.all(
      fields.map((field) =>
        withFunction(() => ({ ...success, [field]: 'of another' }))
          .run(resource, undefined)
          .catch((error: Error) => error.message),
      ),
    );
    const missing =
      /^CloudFormation did not receive a response from your Custom Resource\. Please check your logs for requestId \[[0-9a-f-]{36}\]\. .* another (\w+): copy/;
    expect(failures.map((message) => missing.exec(String(message))?.[1])).toEqual(fields);
  });

  it('accepts one answer to each request and refuses any other', async () => {
    let url = '';
    const resources = withFunction((request) => {
      url = String(request['ResponseURL']);
      return success;
    });
    await resources.run(resource, undefined);
    expect(await put(resources, url, success)).toMatchObject({ status: 403 });
  });

  it('refuses a body that is no answer, leaves other paths alone, and still takes the answer', async () => {
    const statuses: unknown[] = [];
    const resources: CustomResources = createCustomResources({
      origin: () => 'http://local',
      invoke: async (_, payload) => {
        const asked = JSON.parse(payload) as JsonObject;
        const { pathname } = new URL(String(asked['ResponseURL']));
        const request = {
          method: 'PUT',
          path: pathname,
          query: new URLSearchParams(),
          rawQuery: '',
          headers: {},
          body: Buffer.from(JSON.stringify({ ...success, ...idsOf(asked) })),
        };
        for (const change of [
          { method: 'POST' },
          { path: `${pathname}0` },
          { body: Buffer.from('{') },
          { body: Buffer.from('[]') },
          { path: '/other' },
          {},
        ]) {
          statuses.push((await resources.route({ ...request, ...change }))?.status);
        }
        return { payload: 'null' };
      },
    });
    const { ref } = await resources.run(resource, undefined);
    expect(statuses).toEqual([403, 403, 403, 403, undefined, 200]);
    expect(ref).toBe('id-1');
  });
});
