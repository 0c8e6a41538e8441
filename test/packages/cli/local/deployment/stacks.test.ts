import { describe, expect, it } from 'vitest';
import { createEngine, createMemory, deploy, history, plan, queue, thing } from './fixture.ts';

describe('the events of a stack', () => {
  it('have times that rise, even within one millisecond of the clock', async () => {
    const { east } = createEngine({ now: () => 1_000 });
    await deploy(east, 'shop', { Resources: { First: queue(), Second: queue() } });
    await deploy(east, 'shop', { Resources: { First: queue({ DelaySeconds: 1 }) } });
    const times = east
      .events('shop')
      .toReversed()
      .map(({ at }) => at);
    expect(times.length).toBeGreaterThan(8);
    expect(times).toEqual(times.map((_, index) => 1_000 + index));
  });
});

describe('a deletion', () => {
  it('removes resources, the last made first, and is found by its id afterwards', async () => {
    const { east, service } = createEngine();
    const { id } = await deploy(east, 'shop', {
      Resources: { First: queue(), Second: queue({}, { DependsOn: 'First' }) },
    });
    east.deleteStack('shop');
    expect(await east.settled(id)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(service.calls.slice(2)).toEqual(['remove Second', 'remove First']);
    expect(() => east.stack('shop')).toThrow('Stack with id shop does not exist');
    expect(east.events(id)[0]?.status).toBe('DELETE_COMPLETE');
  });

  it.each(['Retain', 'RetainExceptOnCreate'])(
    'keeps a resource of the policy %s',
    async (policy) => {
      const { east, service } = createEngine();
      const { id } = await deploy(east, 'shop', {
        Resources: { Kept: queue({}, { DeletionPolicy: policy }), Gone: queue() },
      });
      east.deleteStack('shop');
      await east.settled(id);
      expect(service.refs()).toHaveLength(1);
      expect(history(east, id)).toContain('Kept DELETE_SKIPPED');
    },
  );

  it('is refused while the stack is protected', async () => {
    const { east } = createEngine();
    await deploy(east, 'shop', { Resources: { Queue: queue() } });
    east.setTerminationProtection('shop', true);
    expect(() => east.deleteStack('shop')).toThrow('TerminationProtection is enabled');
  });

  it('that fails leaves what could not be removed, which a second try may retain', async () => {
    const { east, service } = createEngine();
    const { id } = await deploy(east, 'shop', { Resources: { Stuck: queue(), Gone: queue() } });
    service.fail('remove Stuck');
    east.deleteStack('shop');
    expect(await east.settled('shop')).toMatchObject({
      status: 'DELETE_FAILED',
      statusReason: 'The following resource(s) failed to delete: [Stuck]. ',
    });
    expect(east.resources('shop').map(({ logicalId }) => logicalId)).toEqual(['Stuck']);
    east.deleteStack('shop', { retain: ['Stuck'] });
    expect(await east.settled(id)).toMatchObject({ status: 'DELETE_COMPLETE' });
  });

  it('during a creation ends the creation at its next step', async () => {
    const { east, service } = createEngine();
    const { id } = await plan(east, 'shop', {
      template: { Resources: { One: queue(), Two: queue() } },
    });
    east.executeChangeSet(id);
    const { id: stackId } = east.stack('shop');
    east.deleteStack('shop');
    expect(await east.settled(stackId)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(service.refs()).toEqual([]);
    expect(service.calls).not.toContain('create Two');
  });

  it('lets a stack of the same name have new physical names', async () => {
    const { east, service } = createEngine();
    const template = { Resources: { Kept: queue({}, { DeletionPolicy: 'Retain' }) } };
    const { id } = await deploy(east, 'shop', template);
    east.deleteStack('shop');
    await east.settled(id);
    await deploy(east, 'shop', template);
    expect(new Set(service.refs()).size).toBe(2);
  });
});

describe('stacks together', () => {
  const exporting = (name: string) => ({
    Resources: { Queue: queue({ QueueName: name }) },
    Outputs: {
      Name: { Value: { 'Fn::GetAtt': ['Queue', 'QueueName'] }, Export: { Name: 'queue' } },
    },
  });
  const importing = { Resources: { Thing: thing({ Queue: { 'Fn::ImportValue': 'queue' } }) } };

  it('import the exports of their Region, and say who does', async () => {
    const { east, west, service } = createEngine();
    await deploy(east, 'one', exporting('jobs'));
    await deploy(east, 'two', importing);
    expect(service.held.get('Thing')?.properties['Queue']).toBe('jobs');
    expect(east.exports()).toMatchObject([{ name: 'queue', value: 'jobs', importedBy: ['two'] }]);
    await expect(deploy(west, 'two', importing)).rejects.toThrow(
      'no stack in us-west-2 exports queue',
    );
  });

  it('keep an export that another one reads from going away or changing', async () => {
    const { east } = createEngine();
    await deploy(east, 'one', exporting('jobs'));
    await deploy(east, 'two', importing);
    expect(await deploy(east, 'one', exporting('others'))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE',
    });
    east.deleteStack('one');
    const { status, statusReason } = await east.settled('one');
    expect(status).toBe('DELETE_FAILED');
    expect(statusReason).toBe('Cannot delete export queue as it is in use by two.');
  });

  it('read the outputs of stacks in other Regions', async () => {
    const { east, west, service } = createEngine();
    await deploy(east, 'one', exporting('jobs'));
    await deploy(west, 'other', {
      Resources: {
        Thing: thing({
          Queue: {
            'Fn::GetStackOutput': { StackName: 'one', OutputName: 'Name', Region: 'us-east-1' },
          },
        }),
      },
    });
    expect(service.held.get('Thing')?.properties['Queue']).toBe('jobs');
  });
});

describe('parameters', () => {
  const template = {
    Parameters: {
      Size: { Type: 'Number', Default: 1, MaxValue: 9 },
      Secret: { Type: 'String', NoEcho: true },
    },
    Conditions: { Large: { 'Fn::Equals': [{ Ref: 'Size' }, '9'] } },
    Resources: {
      Thing: thing({ Size: { Ref: 'Size' }, Secret: { Ref: 'Secret' } }),
      More: { ...(queue() as object), Condition: 'Large' },
    },
  };
  const secret = { Secret: { value: 'hush' } };

  it('decide about resources, keep their values, and are not shown where they are secret', async () => {
    const { east, service } = createEngine();
    const stack = await deploy(east, 'shop', template, { parameters: secret });
    expect(stack.parameters).toEqual({ Size: '1', Secret: '****' });
    expect(JSON.stringify(east.events('shop'))).not.toContain('hush');
    await deploy(east, 'shop', template, {
      parameters: { Size: { value: '9' }, Secret: { usePrevious: true } },
    });
    expect(service.held.get('Thing')?.properties).toMatchObject({ Size: '9', Secret: 'hush' });
    expect(service.calls).toEqual(['create Thing', 'update Thing', 'create More']);
    await deploy(east, 'shop', template, { parameters: secret });
    expect(service.calls.slice(3)).toEqual(['update Thing', 'remove More']);
  });

  it.each([
    [{}, 'Parameters: [Secret] must have values'],
    [{ ...secret, Other: { value: '' } }, 'Parameters: [Other] do not exist in the template'],
    [{ ...secret, Size: { value: '10' } }, "Parameter 'Size' must be a number not greater than 9"],
  ])('%j are refused', async (parameters, message) => {
    const { east } = createEngine();
    await expect(plan(east, 'shop', { template, parameters })).rejects.toThrow(message);
  });
});

describe('a request', () => {
  it('that needs IAM needs its capability', async () => {
    const { east } = createEngine();
    const template = {
      Resources: { Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'own' } } },
    };
    await expect(
      plan(east, 'shop', { template, capabilities: ['CAPABILITY_IAM'] }),
    ).rejects.toThrow('Requires capabilities : [CAPABILITY_NAMED_IAM]');
    const set = await plan(east, 'shop', { template, capabilities: ['CAPABILITY_NAMED_IAM'] });
    expect(set.status).toBe('CREATE_COMPLETE');
  });

  it('for a type that does not run here makes a change set that has failed, by name', async () => {
    const { east } = createEngine();
    const { status, statusReason } = await plan(east, 'shop', {
      template: { Resources: { Table: { Type: 'AWS::DynamoDB::Table' } } },
    });
    expect(status).toBe('FAILED');
    expect(statusReason).toContain('shop/Table: the type AWS::DynamoDB::Table does not run here');
  });

  it('that names types of resources changes no others', async () => {
    const { east } = createEngine();
    const template = { Resources: { One: queue(), Two: thing() } };
    const resourceTypes = ['AWS::SQS::Queue'];
    const { status, statusReason } = await plan(east, 'shop', { template, resourceTypes });
    expect([status, statusReason]).toEqual([
      'FAILED',
      'Resource type Custom::Thing is not allowed by parameter ResourceTypes: Two',
    ]);
  });

  it('with another type for a logical id is refused', async () => {
    const { east } = createEngine();
    await deploy(east, 'shop', { Resources: { One: queue() } });
    await expect(plan(east, 'shop', { template: { Resources: { One: thing() } } })).rejects.toThrow(
      'Update of resource type is not permitted.',
    );
  });

  it('may fail by injection', async () => {
    const { east, engine } = createEngine();
    engine.failures.set(({ logicalId }) => (logicalId === 'Two' ? 'Rate exceeded' : undefined));
    const stack = await deploy(east, 'shop', { Resources: { One: queue(), Two: queue() } });
    expect(stack.status).toBe('ROLLBACK_COMPLETE');
    const failed = east.events('shop').find(({ status }) => status === 'CREATE_FAILED');
    expect(failed?.statusReason).toContain('Rate exceeded');
  });
});

describe('a restart', () => {
  it('brings stacks, their resources and those that were retained back', async () => {
    const kept = createMemory();
    const first = createEngine({ kept });
    const template = {
      Resources: { Thing: thing(), Queue: queue(), Old: queue({}, { DeletionPolicy: 'Retain' }) },
    };
    await deploy(first.east, 'shop', template);
    const { Old: _, ...others } = template.Resources;
    await deploy(first.east, 'shop', { Resources: others });
    await first.engine.stop();
    const second = createEngine({ kept });
    await second.engine.restore();
    expect(second.service.calls.toSorted()).toEqual([
      'restore Old',
      'restore Queue',
      'restore Thing',
    ]);
    expect(second.service.refs().toSorted()).toEqual(first.service.refs().toSorted());
    expect(second.east.stack('shop')).toEqual(first.east.stack('shop'));
    const set = await plan(second.east, 'shop', { template: { Resources: others } });
    expect(set.statusReason).toContain("didn't contain changes");
  });

  it('says that an operation was cut off, which can be rolled back then', async () => {
    const kept = createMemory();
    const first = createEngine({ kept });
    await deploy(first.east, 'shop', { Resources: { Thing: thing({ Size: 1 }) } });
    await first.engine.stop();
    const stored = kept.stored ?? { stacks: [], generations: {}, retained: [] };
    const stacks = stored.stacks.map((stack) => {
      const resources = stack.resources.map((one) => ({
        ...one,
        resource: { ...one.resource, properties: { Size: 2 } },
      }));
      return {
        ...stack,
        resources,
        status: 'UPDATE_IN_PROGRESS' as const,
        previous: { ...stack, content: stack },
      };
    });
    kept.write({ ...stored, stacks });
    const second = createEngine({ kept });
    await second.engine.restore();
    expect(second.east.stack('shop').status).toBe('UPDATE_FAILED');
    second.east.rollbackStack('shop');
    expect(await second.east.settled('shop')).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(second.service.held.get('Thing')?.properties).toMatchObject({ Size: 1 });
  });
});
