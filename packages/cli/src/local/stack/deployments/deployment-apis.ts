import { join, resolve } from 'node:path';
import type { Route } from 'antipode-local-dsql/http';
import { AwsError } from '../../aws-json.ts';
import { deploymentsRoute, stsRoute } from '../../cloudformation/index.ts';
import type { CodeAssets, Deployments } from '../../deployment/index.ts';
import { createObjectStore, type ObjectStore, s3Route } from '../../s3/index.ts';
import { bootstrapVersion, ssmRoute } from '../../ssm/index.ts';
import { objectsFolder } from '../kept-state.ts';

/**
 * Opens the objects of a stack: in its data folder, where the next start finds them, otherwise
 * beside the files of this run.
 */
export const openObjects = (dataDir: string | undefined, scratchDir: string): ObjectStore =>
  createObjectStore(join(dataDir === undefined ? scratchDir : resolve(dataDir), objectsFolder));

/** The code that a deployment has uploaded, as ZIP files. */
export const codeInObjects =
  (objects: ObjectStore): CodeAssets =>
  async (bucket, key) => {
    try {
      return { kind: 'zip', path: objects.file(bucket, key) };
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  };

/**
 * The services of a Region that the tools call which deploy: CloudFormation, S3, STS and Systems
 * Manager.
 *
 * @param options.parameter the value of a parameter that a stack has made
 * @param options.startedAt milliseconds since the epoch
 */
export const deploymentApis = (
  deployments: Pick<Deployments, 'inRegion'>,
  options: {
    readonly region: string;
    readonly objects: ObjectStore;
    readonly parameter: (name: string) => string | undefined;
    readonly startedAt: number;
  },
): readonly Route[] => {
  const { region, objects, parameter, startedAt } = options;
  return [
    deploymentsRoute(deployments.inRegion(region), {
      readObject: objects.read,
      bootstrapVersion,
      startedAt,
    }),
    s3Route(region, objects),
    ssmRoute(parameter),
    stsRoute,
  ];
};
