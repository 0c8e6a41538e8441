import type { ClusterControl } from '../../../infra/peering/cluster-control.ts';
import { FinalFailure } from '../../../infra/peering/look-again.ts';
import type { App } from './app.ts';
import type { Bug } from './world.ts';

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** Takes failures with these names for final, where the code looks again. */
const givesUpOn = (...names: readonly string[]): Bug => ({
  clusters: (clusters) => {
    const final = async <T>(call: Promise<T>): Promise<T> => {
      try {
        return await call;
      } catch (error) {
        if (!names.includes(nameOf(error))) throw error;
        throw new FinalFailure(nameOf(error), { cause: error });
      }
    };
    const control: ClusterControl = {
      describe: (...given) => final(clusters.describe(...given)),
      peer: (...given) => final(clusters.peer(...given)),
      delete: (...given) => final(clusters.delete(...given)),
    };
    return control;
  },
});

type Resources = App['stacks'][number]['template']['Resources'];

const changeResources = (change: (resources: Resources) => Resources): Bug => ({
  app: ({ stacks }) => ({
    stacks: stacks.map(({ template, ...stack }) => ({
      ...stack,
      template: { ...template, Resources: change(template.Resources) },
    })),
  }),
});

const withoutType = (type: string): Bug =>
  changeResources((resources) =>
    Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type !== type)),
  );

/** Changes each cluster of a template. */
const changeClusters = (change: (cluster: Resources[string]) => Resources[string]): Bug =>
  changeResources((resources) =>
    Object.fromEntries(
      Object.entries(resources).map(([id, resource]) => [
        id,
        resource.Type === 'AWS::DSQL::Cluster' ? change(resource) : resource,
      ]),
    ),
  );

const inPrimary = (arn: string): boolean => arn.includes(':us-east-1:');

/** Bugs that are easily made, each planted into the code or into the templates. */
export const plantedBugs: Readonly<Record<string, Bug>> = {
  'gives up on the first 403': givesUpOn('AccessDeniedException'),
  'gives up on the first 429': givesUpOn('ThrottlingException'),
  'gives up on the first 500': givesUpOn('InternalServerException'),
  'does not look again after a 409': givesUpOn('ConflictException'),
  'takes a lost answer for a failure': givesUpOn('AnswerLost', 'TimeoutError'),
  'answers before both halves are usable': {
    clusters: (clusters) => ({
      ...clusters,
      describe: async (...given) => ({ ...(await clusters.describe(...given)), status: 'ACTIVE' }),
    }),
  },
  'takes the request for its effect': {
    clusters: (clusters) => {
      const asked = new Set<string>();
      return {
        ...clusters,
        peer: async (...given) => {
          asked.add(given[1]);
          await clusters.peer(...given);
        },
        describe: async (...given) => {
          const state = await clusters.describe(...given);
          return asked.size === 0 ? state : { ...state, status: 'ACTIVE', peers: [...asked] };
        },
      };
    },
  },
  'deletes one half alone': {
    clusters: (clusters) => ({
      ...clusters,
      delete: async (...given) => {
        if (!inPrimary(given[0])) await clusters.delete(...given);
      },
    }),
  },
  'deletes data whenever its resource leaves the template': {
    stacks: (stacks) => ({
      ...stacks,
      describe: async (...given) => ({
        ...(await stacks.describe(...given)),
        status: 'DELETE_IN_PROGRESS',
      }),
    }),
  },
  'leaves the deletion to CloudFormation': withoutType('Custom::AntipodeDeletion'),
  'keeps the clusters of a creation that was rolled back': changeClusters((cluster) => ({
    ...cluster,
    DeletionPolicy: 'Retain',
  })),
  'never names the peer in the template of the first half': {
    stacks: (stacks) => ({
      ...stacks,
      describe: async (...given) => ({ ...(await stacks.describe(...given)), parameters: {} }),
    }),
  },
  'deletes protected clusters with their stacks': changeClusters((cluster) => ({
    ...cluster,
    DeletionPolicy: 'Delete',
    Properties: { ...cluster.Properties, DeletionProtectionEnabled: false },
  })),
  'takes another Region for a half': changeResources(({ OnlyOne: _, ...resources }) => resources),
  'takes another witness': {
    app: ({ stacks }) => ({
      stacks: stacks.map(({ template: { Rules: _, ...template }, ...stack }) => ({
        ...stack,
        template,
      })),
    }),
  },
};
