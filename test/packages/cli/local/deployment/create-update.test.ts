import { describe, expect, it } from 'vitest';
import { createEngine, deploy, history, plan, queue, thing } from './fixture.ts';

describe('a creation', () => {
  it('makes resources in the order of their references, and tells each event', async () => {
    const { east, service } = createEngine();
    const template = {
      Resources: {
        Reader: thing({ Queue: { 'Fn::GetAtt': ['Queue', 'Arn'] } }),
        Queue: queue({ QueueName: 'jobs' }),
      },
      Outputs: { Arn: { Value: { Ref: 'Reader' }, Export: { Name: 'reader' } } },
    };
    const stack = await deploy(east, 'shop', template);
    expect(stack).toMatchObject({
      status: 'CREATE_COMPLETE',
      outputs: [{ key: 'Arn', value: 'Reader', exportName: 'reader' }],
    });
    expect(service.calls).toEqual(['create Queue', 'create Reader']);
    expect(history(east, 'shop')).toEqual([
      'shop CREATE_IN_PROGRESS',
      'Queue CREATE_IN_PROGRESS',
      'Queue CREATE_IN_PROGRESS',
      'Queue CREATE_COMPLETE',
      'Reader CREATE_IN_PROGRESS',
      'Reader CREATE_IN_PROGRESS',
      'Reader CREATE_COMPLETE',
      'shop CREATE_COMPLETE',
    ]);
    expect(service.held.get('Reader')?.properties['Queue']).toBe(
      'arn:aws:sqs:us-east-1:000000000000:jobs',
    );
  });

  it('that fails is rolled back, the last made first, and says which resource failed', async () => {
    const { east, service } = createEngine();
    service.fail('create Third', 'no room');
    const template = {
      Resources: {
        First: queue({}, { DeletionPolicy: 'RetainExceptOnCreate' }),
        Second: queue({}, { DependsOn: 'First' }),
        Third: thing({}, { DependsOn: 'Second' }),
      },
    };
    const stack = await deploy(east, 'shop', template);
    expect(stack.status).toBe('ROLLBACK_COMPLETE');
    expect(service.calls.slice(3)).toEqual(['remove Third', 'remove Second', 'remove First']);
    const rollBack = east.events('shop').find(({ status }) => status === 'ROLLBACK_IN_PROGRESS');
    expect(rollBack?.statusReason).toBe(
      'The following resource(s) failed to create: [Third]. Rollback requested by user.',
    );
    const failed = east.events('shop').find(({ status }) => status === 'CREATE_FAILED');
    expect(failed?.statusReason).toContain('no room');
    await expect(deploy(east, 'shop', template)).rejects.toThrow(
      'is in ROLLBACK_COMPLETE state and can not be updated.',
    );
  });

  it('that fails keeps what its policy retains', async () => {
    const { east, service } = createEngine();
    service.fail('create Thing');
    await deploy(east, 'shop', {
      Resources: {
        Kept: queue({}, { DeletionPolicy: 'Retain' }),
        Thing: thing({}, { DependsOn: 'Kept' }),
      },
    });
    expect(service.refs()).toHaveLength(1);
    expect(history(east, 'shop')).toContain('Kept DELETE_SKIPPED');
  });

  it('that fails can be left as it is, and be mended by a second try', async () => {
    const { east, service } = createEngine();
    service.fail('create Thing');
    const template = { Resources: { Queue: queue(), Thing: thing({}, { DependsOn: 'Queue' }) } };
    const execute = { disableRollback: true };
    expect(await deploy(east, 'shop', template, { execute })).toMatchObject({
      status: 'CREATE_FAILED',
      disableRollback: true,
    });
    service.mend();
    expect(await deploy(east, 'shop', template)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(service.refs()).toHaveLength(2);
  });
});

describe('an update', () => {
  it('changes in place, replaces, adds and removes, and cleans up last', async () => {
    const { east, service } = createEngine();
    await deploy(east, 'shop', {
      Resources: {
        Changed: queue({ DelaySeconds: 1 }),
        Replaced: queue({ FifoQueue: false }),
        Removed: queue(),
        Same: queue(),
      },
    });
    service.taken();
    const before = service.refs();
    const stack = await deploy(east, 'shop', {
      Resources: {
        Changed: queue({ DelaySeconds: 2 }),
        Replaced: queue({ FifoQueue: true }),
        Added: queue(),
        Same: queue(),
      },
    });
    expect(stack.status).toBe('UPDATE_COMPLETE');
    expect(service.calls).toEqual([
      'update Changed',
      'create Replaced',
      'create Added',
      'remove Replaced',
      'remove Removed',
    ]);
    expect(service.refs().filter((ref) => before.includes(ref))).toHaveLength(2);
    const events = history(east, 'shop');
    expect(events.indexOf('shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')).toBeLessThan(
      events.indexOf('Removed DELETE_IN_PROGRESS'),
    );
    expect(events.at(-1)).toBe('shop UPDATE_COMPLETE');
  });

  it('lists its changes before it is executed', async () => {
    const { east } = createEngine();
    await deploy(east, 'shop', {
      Resources: {
        Changed: queue({ DelaySeconds: 1 }),
        Replaced: queue({ QueueName: 'a' }),
        Removed: queue(),
      },
    });
    const { changes } = await plan(east, 'shop', {
      template: {
        Resources: {
          Changed: queue({ DelaySeconds: 2 }),
          Replaced: queue({ QueueName: 'b' }),
          Added: queue(),
        },
      },
    });
    expect(changes).toMatchObject([
      { action: 'Modify', logicalId: 'Changed', replacement: 'False' },
      {
        action: 'Modify',
        logicalId: 'Replaced',
        replacement: 'True',
        policyAction: 'ReplaceAndDelete',
      },
      { action: 'Add', logicalId: 'Added' },
      { action: 'Remove', logicalId: 'Removed', policyAction: 'Delete' },
    ]);
  });

  it('that fails brings back what it changed, then removes what it made', async () => {
    const { east, service } = createEngine();
    const before = {
      Resources: { Changed: queue({ DelaySeconds: 1 }), Replaced: queue({ QueueName: 'a' }) },
    };
    await deploy(east, 'shop', before);
    service.taken();
    service.fail('create Thing');
    const stack = await deploy(east, 'shop', {
      Resources: {
        Changed: queue({ DelaySeconds: 2 }),
        Replaced: queue({ QueueName: 'b' }),
        Thing: thing({}, { DependsOn: ['Changed', 'Replaced'] }),
      },
    });
    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(service.calls).toEqual([
      'update Changed',
      'create Replaced',
      'create Thing',
      'update Changed',
      'remove Thing',
      'remove Replaced',
    ]);
    expect([...service.held.values()].map(({ properties }) => properties)).toEqual([
      { DelaySeconds: 1 },
      { QueueName: 'a' },
    ]);
    expect(JSON.parse(east.template('shop'))).toEqual(before);
    expect(history(east, 'shop').slice(-2)).toEqual([
      'Replaced DELETE_COMPLETE',
      'shop UPDATE_ROLLBACK_COMPLETE',
    ]);
  });

  it('whose roll back fails waits, and goes on when it is told to', async () => {
    const { east, service } = createEngine();
    await deploy(east, 'shop', { Resources: { Thing: thing({ Size: 1 }) } });
    service.fail('update Thing');
    const failed = await deploy(east, 'shop', { Resources: { Thing: thing({ Size: 2 }) } });
    expect(failed.status).toBe('UPDATE_ROLLBACK_FAILED');
    service.mend();
    east.continueUpdateRollback('shop');
    expect(await east.settled('shop')).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(service.held.get('Thing')?.properties).toMatchObject({ Size: 1 });
  });

  it('removes a custom resource that answers with another id, after the others', async () => {
    const { east, service } = createEngine();
    await deploy(east, 'shop', { Resources: { Thing: thing({ Id: 'one' }) } });
    await deploy(east, 'shop', { Resources: { Thing: thing({ Id: 'two' }) } });
    expect(service.calls).toEqual(['create Thing', 'update Thing', 'remove Thing']);
    expect(service.refs()).toEqual(['two']);
  });

  it('passes the answer of a custom resource on to what refers to it', async () => {
    const { east, service } = createEngine();
    const template = (answer: number) => ({
      Resources: {
        Thing: thing({ Answer: answer }),
        Queue: queue({ DelaySeconds: { 'Fn::GetAtt': ['Thing', 'Answer'] } }),
      },
    });
    await deploy(east, 'shop', template(1));
    await deploy(east, 'shop', template(2));
    const made = [...service.held.values()].find(({ logicalId }) => logicalId === 'Queue');
    expect(made?.properties).toEqual({ DelaySeconds: 2 });
  });

  it('cannot replace a resource whose name the template gives', async () => {
    const { east } = createEngine();
    await deploy(east, 'shop', { Resources: { Queue: queue({ QueueName: 'jobs' }) } });
    const stack = await deploy(east, 'shop', {
      Resources: { Queue: queue({ QueueName: 'jobs', FifoQueue: true }) },
    });
    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const failed = east.events('shop').find(({ status }) => status === 'UPDATE_FAILED');
    expect(failed?.statusReason).toContain('a custom-named resource requires replacing');
  });

  it('without a change makes no change set that could be executed', async () => {
    const { east } = createEngine();
    const template = { Resources: { Queue: queue() } };
    await deploy(east, 'shop', template);
    const set = await plan(east, 'shop', { template });
    expect(set).toMatchObject({ status: 'FAILED', executionStatus: 'UNAVAILABLE' });
    expect(set.statusReason).toMatch(/^The submitted information didn't contain changes\./);
    expect(() => east.executeChangeSet(set.id)).toThrow('cannot be executed');
  });
});
