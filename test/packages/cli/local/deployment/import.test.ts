import { describe, expect, it } from 'vitest';
import { dataProvider } from '../../../../../packages/cli/src/local/deployment/operations/provider.ts';
import type { JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import { createEngine, deploy, history, plan, queue } from './fixture.ts';

const type = 'AWS::DSQL::Cluster';

const cluster = (
  properties: JsonObject = {},
  policy: JsonObject = { DeletionPolicy: 'Retain' },
) => ({
  Type: type,
  Properties: { DeletionProtectionEnabled: true, ...properties },
  ...policy,
});

const template = { Resources: { Cluster: cluster() } };

/** Creates a cluster, and destroys its stack, which keeps it. */
const keepOne = async () => {
  const { engine, east } = createEngine({ provider: () => dataProvider });
  const before = await deploy(east, 'data', template);
  const [{ physicalId: id = '' } = {}] = east.resources('data');
  east.deleteStack('data');
  await east.settled(before.id);
  return { engine, east, id };
};

const importing = (id: string, logicalId = 'Cluster') => ({
  type: 'IMPORT' as const,
  resourcesToImport: [{ logicalId, type, identifier: { Identifier: id } }],
});

type Kept = Awaited<ReturnType<typeof keepOne>>;

const importInto = async ({ east, id }: Kept, stack: string, of: JsonObject = template) => {
  const set = await plan(east, stack, { template: of, ...importing(id) });
  if (set.status === 'FAILED') throw new Error(set.statusReason);
  east.executeChangeSet(set.id);
  return { set, stack: await east.settled(stack) };
};

describe('an import', () => {
  it('takes a resource that its stack has kept into a new stack', async () => {
    const kept = await keepOne();
    const { set, stack } = await importInto(kept, 'again');
    expect(set.changes).toEqual([
      { action: 'Import', logicalId: 'Cluster', physicalId: kept.id, type, details: [] },
    ]);
    expect(stack.status).toBe('IMPORT_COMPLETE');
    expect(kept.east.resources('again')).toMatchObject([
      { logicalId: 'Cluster', physicalId: kept.id, status: 'IMPORT_COMPLETE' },
    ]);
    expect(history(kept.east, 'again')).toEqual([
      'again IMPORT_IN_PROGRESS',
      'Cluster IMPORT_IN_PROGRESS',
      'Cluster IMPORT_COMPLETE',
      'again IMPORT_COMPLETE',
    ]);
  });

  it('leaves a stack that is updated and deleted like any other', async () => {
    const kept = await keepOne();
    await importInto(kept, 'again');
    const wider = {
      Resources: { Cluster: cluster({ DeletionProtectionEnabled: false }), Queue: queue() },
      Outputs: { Id: { Value: { Ref: 'Cluster' } } },
    };
    const updated = await deploy(kept.east, 'again', wider);
    expect(updated.status).toBe('UPDATE_COMPLETE');
    // The values of the resource that exists, and not those of a new one.
    expect(updated.outputs).toMatchObject([{ key: 'Id', value: kept.id }]);
    kept.east.deleteStack('again');
    expect((await kept.east.settled(updated.id)).status).toBe('DELETE_COMPLETE');
    // It was kept again, and can be imported again.
    expect((await importInto(kept, 'third')).stack.status).toBe('IMPORT_COMPLETE');
  });

  it('adds a resource to a stack that exists, whose others stay', async () => {
    const kept = await keepOne();
    await deploy(kept.east, 'shop', { Resources: { Queue: queue() } });
    const { stack } = await importInto(kept, 'shop', {
      Resources: { Queue: queue(), Cluster: cluster() },
    });
    expect(stack.status).toBe('IMPORT_COMPLETE');
    expect(kept.east.resources('shop').map(({ logicalId }) => logicalId)).toEqual([
      'Queue',
      'Cluster',
    ]);
  });

  it.each<[string, JsonObject, string]>([
    [
      'without a deletion policy',
      { Resources: { Cluster: cluster({}, {}) } },
      'The following resources to import [Cluster] must have DeletionPolicy attribute specified in the template.',
    ],
    [
      'beside a resource that is added',
      { Resources: { Cluster: cluster(), Queue: queue() } },
      'Resources [Queue] is missing from ResourceToImport list',
    ],
    [
      'with an output',
      { ...template, Outputs: { Id: { Value: 'a' } } },
      'As part of the import operation, you cannot modify or add [Outputs]',
    ],
    [
      'under a logical id that the template does not have',
      { Resources: { Other: cluster() } },
      'Resources [Cluster] in ResourcesToImport are not in the template.',
    ],
  ])('is refused %s', async (_, of, reason) => {
    const kept = await keepOne();
    await expect(importInto(kept, 'again', of)).rejects.toThrow(reason);
  });

  it('is refused where it changes a resource that the stack has', async () => {
    const kept = await keepOne();
    await deploy(kept.east, 'shop', { Resources: { Queue: queue() } });
    const changed = {
      Resources: { Queue: queue({ VisibilityTimeout: 7 }), Cluster: cluster() },
    };
    await expect(importInto(kept, 'shop', changed)).rejects.toThrow(
      'You have modified resources [Queue] in your template that are not being imported. Update, create or delete operations cannot be executed during import operations.',
    );
  });

  it('is refused for a resource that does not exist, or that a stack has', async () => {
    const kept = await keepOne();
    const absent = { ...kept, id: 'a'.repeat(26) };
    await expect(importInto(absent, 'again')).rejects.toThrow(
      `Resource of type '${type}' with identifier '${absent.id}' was not found.`,
    );
    const { stack } = await importInto(kept, 'again');
    await expect(importInto(kept, 'third')).rejects.toThrow(
      `${kept.id} already exists in stack ${stack.id}`,
    );
  });

  it('is refused for a type that cannot be imported here, and for another identifier', async () => {
    const { east, id } = await keepOne();
    const ofQueue = await plan(east, 'one', {
      template: { Resources: { Queue: queue({}, { DeletionPolicy: 'Retain' }) } },
      type: 'IMPORT',
      resourcesToImport: [
        { logicalId: 'Queue', type: 'AWS::SQS::Queue', identifier: { QueueUrl: 'a' } },
      ],
    });
    expect(ofQueue.statusReason).toContain(
      'ResourceTypes [AWS::SQS::Queue] are not supported for Import',
    );
    const byName = await plan(east, 'two', {
      template,
      type: 'IMPORT',
      resourcesToImport: [{ logicalId: 'Cluster', type, identifier: { Name: id } }],
    });
    expect(byName.statusReason).toContain('must have the keys [Identifier]');
    await expect(plan(east, 'three', { template, type: 'IMPORT' })).rejects.toThrow(
      'ResourcesToImport is required',
    );
  });

  it('goes back where the resource has gone since the change set was made', async () => {
    const known = new Set<string>();
    const provider = {
      ...dataProvider,
      find: (_: string, id: string) =>
        known.has(id) ? { attributes: { Identifier: id } } : undefined,
    };
    const { east } = createEngine({ provider: () => provider });
    known.add('a');
    const set = await plan(east, 'data', { template, ...importing('a') });
    known.delete('a');
    east.executeChangeSet(set.id);
    const { status, statusReason } = await east.settled('data');
    expect([status, statusReason]).toEqual([
      'IMPORT_ROLLBACK_COMPLETE',
      'The following resource(s) failed to import: [Cluster]. ',
    ]);
    expect(east.resources('data')).toEqual([]);
  });
});
