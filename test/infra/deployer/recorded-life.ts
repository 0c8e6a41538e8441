import { type DeployedResource, type NameOf, needsOf } from '../../../infra/deployer/needs.ts';
import type { Need } from '../../../infra/deployer/policy.ts';
import type { Phase } from '../../../infra/deployer/resource-call.ts';
import { createDeployments } from '../../../packages/cli/src/local/deployment/engine.ts';
import { dataProvider } from '../../../packages/cli/src/local/deployment/operations/provider.ts';
import type { JsonObject } from '../../../packages/cli/src/local/template/json.ts';
import type { Resource } from '../../../packages/cli/src/local/template/model.ts';
import type { SynthesizedStack } from './template-needs.ts';

/** One step of a deployment, as the engine of the local stack took it. */
export type Step = DeployedResource & { readonly phase: Phase; readonly ref: string };

/** A service of AWS names a queue by its address, and a rule by the bus and a bar. */
const nameInRef = (ref: string): string =>
  ref.startsWith('http') ? (ref.split('/').at(-1) ?? '') : (ref.split('|').at(-1) ?? '');

/** A property may have a name, an ARN or an address. */
const nameInValue = (value: string): string => {
  if (value.startsWith('arn:')) return value.split(/[:/]/).at(-1) ?? '';
  return nameInRef(value);
};

/** The calls that a step makes in AWS, with the names that the engine gave. */
export const needsOfStep = ({ phase, ref, ...resource }: Step): readonly Need[] => {
  const nameOf: NameOf = (value) =>
    value === undefined ? nameInRef(ref) : nameInValue(String(value));
  return needsOf(resource, phase, nameOf);
};

/** The engine of the local stack over resources that are data, which writes down each step. */
export const createRecorder = () => {
  const steps: Step[] = [];
  const write = (phase: Phase, { type, ref, properties }: Resource): void => {
    steps.push({ phase, type, ref, properties });
  };
  // The peering tells its stack that nothing is left to do.
  const attributes = { NextStep: 'none' };
  const engine = createDeployments({
    regions: ['us-east-1', 'us-west-2'],
    provider: () => ({
      ...dataProvider,
      create: async (resource) => {
        write('create', resource);
        return resource.type.startsWith('Custom::') ? { attributes } : {};
      },
      update: async (resource) => {
        write('update', resource);
        return resource.type.startsWith('Custom::') ? { attributes } : {};
      },
      remove: async (resource) => write('delete', resource),
    }),
    assets: async () => ({ kind: 'folder', path: '/nowhere' }),
    endpoints: () => ({ http: 'http://localhost:4100', dsql: 'localhost:4132' }),
    check: () => [],
    now: Date.now,
  });
  let names = 0;
  return {
    steps,
    /** Creates the stacks, or updates those that exist. */
    deploy: async (stacks: readonly SynthesizedStack[]): Promise<void> => {
      for (const { name, region, template } of stacks) {
        const place = engine.inRegion(region);
        const exists = place.stacks().some((one) => one.name === name);
        names += 1;
        const { id, statusReason, status } = await place.createChangeSet({
          stackName: name,
          name: `change-${names}`,
          type: exists ? 'UPDATE' : 'CREATE',
          templateBody: JSON.stringify(template as unknown as JsonObject),
          capabilities: ['CAPABILITY_NAMED_IAM'],
        });
        if (status === 'FAILED') throw new Error(statusReason);
        place.executeChangeSet(id);
        const ended = await place.settled(name);
        if (!/^(?:CREATE|UPDATE)_COMPLETE$/.test(ended.status)) throw new Error(ended.statusReason);
      }
    },
    /** Deletes the stacks, the last first. */
    destroy: async (stacks: readonly SynthesizedStack[]): Promise<void> => {
      for (const { name, region } of stacks.toReversed()) {
        const place = engine.inRegion(region);
        place.deleteStack(name);
        await engine.idle();
      }
    },
  };
};
