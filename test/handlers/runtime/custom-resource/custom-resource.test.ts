import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../../../src/adapters/dsql/connection/error-mapping.ts';
import {
  type CustomResourceChange,
  type CustomResourceEvent,
  createCustomResourceHandler,
} from '../../../../src/handlers/runtime/custom-resource/custom-resource.ts';

const stackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1a2b';
const responseUrl =
  'https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/answer?signature=secret';

const event = (change: Partial<CustomResourceEvent> = {}): CustomResourceEvent => ({
  RequestType: 'Create',
  ResponseURL: responseUrl,
  StackId: stackId,
  RequestId: 'request',
  ResourceType: 'Custom::Example',
  LogicalResourceId: 'Example',
  ResourceProperties: {},
  ...change,
});

const nothing: CustomResourceChange = async () => ({});

type Deps = Partial<Parameters<typeof createCustomResourceHandler>[0]>;

/** Runs one request; gives back the answers that reached CloudFormation and what was logged. */
const run = async (deps: Deps, request = event(), remainingMs = 60_000) => {
  const answers: { readonly url: string; readonly body: Readonly<Record<string, unknown>> }[] = [];
  const logged: unknown[] = [];
  const handler = createCustomResourceHandler({
    onCreate: nothing,
    onUpdate: nothing,
    trust: { stackId },
    logger: {
      info: (...line) => logged.push(line),
      error: (...line) => logged.push(line),
    },
    respond: async (url, body) => {
      answers.push({ url, body: JSON.parse(body) as Record<string, unknown> });
    },
    sleep: async () => undefined,
    ...deps,
  });
  await handler(request, { getRemainingTimeInMillis: () => remainingMs });
  return { answers, logged };
};

describe('a custom resource', () => {
  it('answers success with the ids of the request and the data of the change', async () => {
    const { answers } = await run({ onCreate: async () => ({ data: { Version: '3' } }) });
    expect(answers).toEqual([
      {
        url: responseUrl,
        body: {
          Status: 'SUCCESS',
          StackId: stackId,
          RequestId: 'request',
          LogicalResourceId: 'Example',
          PhysicalResourceId: 'Example',
          Data: { Version: '3' },
        },
      },
    ]);
  });

  it.each(['Create', 'Update', 'Delete'] as const)('runs the change of a %s only', async (type) => {
    const ran: string[] = [];
    const note =
      (name: string): CustomResourceChange =>
      async () => {
        ran.push(name);
        return {};
      };
    const changes = {
      onCreate: note('Create'),
      onUpdate: note('Update'),
      onDelete: note('Delete'),
    };
    await run(changes, event({ RequestType: type, PhysicalResourceId: 'kept' }));
    expect(ran).toEqual([type]);
  });

  it('keeps the physical id unless the change gives another', async () => {
    const update = event({ RequestType: 'Update', PhysicalResourceId: 'first' });
    const kept = await run({}, update);
    const moved = await run({ onUpdate: async () => ({ physicalResourceId: 'second' }) }, update);
    expect(kept.answers[0]?.body['PhysicalResourceId']).toBe('first');
    expect(moved.answers[0]?.body['PhysicalResourceId']).toBe('second');
  });

  it('deletes nothing unless told how, and answers success', async () => {
    const { answers } = await run({}, event({ RequestType: 'Delete', PhysicalResourceId: 'kept' }));
    expect(answers[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'kept' });
  });

  it("gives each line of its log CloudFormation's id of the request", async () => {
    const done = await run({});
    const failed = await run({ onCreate: () => Promise.reject(new Error('failed')) });
    const lines = [...done.logged, ...failed.logged];
    const ids = { correlationid: 'request' };
    expect(lines).toEqual([
      ['Custom resource changed', expect.objectContaining(ids)],
      ['Custom resource failed', expect.objectContaining(ids), expect.any(Error)],
    ]);
  });

  it('answers a failure with its reason and the reason of its cause', async () => {
    const onCreate: CustomResourceChange = async () => {
      throw new Error('Migration 3 failed', { cause: new Error('relation exists') });
    };
    const { answers } = await run({ onCreate });
    expect(answers[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: 'Migration 3 failed: relation exists',
      PhysicalResourceId: 'Example',
    });
  });

  it.each([
    ['22P02', 'invalid input syntax for type uuid: "secret-iban"'],
    ['23514', 'new row for relation "accounts" violates check constraint: secret-iban'],
  ])('tells CloudFormation of no value that a %s may quote', async (code, message) => {
    const server = Object.assign(new pg.DatabaseError(message, 0, 'error'), {
      code,
      severity: 'ERROR',
    });
    const onCreate: CustomResourceChange = async () => {
      throw new Error(`Migration 3 failed: ${message}, ${message}`, {
        cause: faultOf(server, false),
      });
    };
    const { answers } = await run({ onCreate });
    const reason = String(answers[0]?.body['Reason']);
    expect(reason).toContain('Migration 3 failed');
    expect(reason).toContain(code);
    expect(reason).not.toContain('secret');
  });

  it.each([undefined, null, new Error('')])('has a reason also for %s', async (thrown) => {
    const onCreate: CustomResourceChange = () => Promise.reject(thrown);
    const { answers } = await run({ onCreate });
    expect(answers[0]?.body['Reason']).toMatch(/\w/);
  });

  it('keeps the answer below the 4,096 bytes that CloudFormation takes', async () => {
    const onCreate: CustomResourceChange = async () => {
      throw new Error('\u0000'.repeat(100_000));
    };
    const { answers } = await run({ onCreate });
    expect(Buffer.byteLength(JSON.stringify(answers[0]?.body))).toBeLessThan(4_096);
  });

  it('puts the answer without a content type, as its URL is signed', async () => {
    const put = vi.fn<typeof fetch>(async () => new Response());
    vi.stubGlobal('fetch', put);
    const handler = createCustomResourceHandler({
      onCreate: nothing,
      onUpdate: nothing,
      trust: { stackId },
      logger: { info: () => undefined, error: () => undefined },
    });
    await handler(event(), { getRemainingTimeInMillis: () => 60_000 });
    vi.unstubAllGlobals();
    const [url, request] = put.mock.calls[0] ?? [];
    expect(url).toBe(responseUrl);
    expect(request?.method).toBe('PUT');
    expect(new Request(responseUrl, request).headers.get('content-type')).toBe('');
  });

  it('answers a failure, and aborts the change, before the function runs out of time', async () => {
    let aborted = false;
    const onCreate: CustomResourceChange = (_, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
      });
    const { answers } = await run({ onCreate }, event(), 10_005);
    expect(answers[0]?.body).toMatchObject({ Status: 'FAILED' });
    expect(aborted).toBe(true);
  });

  it('sends the answer again when it was not accepted', async () => {
    let attempts = 0;
    const respond = async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('503');
    };
    await run({ respond });
    expect(attempts).toBe(3);
  });

  it('fails the invocation when the answer cannot be delivered, so that Lambda runs it again', async () => {
    const respond = async () => {
      throw new Error('503');
    };
    await expect(run({ respond })).rejects.toThrow('503');
  });

  it('gives the answer up while the function has time left, even where nobody takes it', async () => {
    let spentMs = 0;
    const respond = async (_url: string, _body: string, ms: number) => {
      spentMs += ms;
      throw new Error('no answer');
    };
    const sleep = async (ms: number) => {
      spentMs += ms;
    };
    await expect(run({ respond, sleep })).rejects.toThrow('no answer');
    // The change is aborted ten seconds before the end.
    expect(spentMs).toBeGreaterThan(0);
    expect(spentMs).toBeLessThanOrEqual(9_000);
  });

  it('never logs the URL that lets anyone answer', async () => {
    const onCreate: CustomResourceChange = async () => {
      throw new Error('wrong');
    };
    const succeeded = await run({});
    const failed = await run({ onCreate });
    expect(JSON.stringify([succeeded.logged, failed.logged])).not.toContain('signature');
  });
});
