import { App, Duration, Stack } from 'aws-cdk-lib';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import {
  type Bundle,
  patient,
  ServiceFunction,
  type ServiceFunctionProps,
} from '../../../infra/index.ts';
import type { Template } from './template.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Code that is never run; its folder lies there for a test, or for the tests of a file. */
export const emptyBundle = (): Bundle => ({
  directory: temporaryFolder(),
  hash: 'a'.repeat(64),
  metafile: { inputs: {}, outputs: {} },
});

/**
 * An app whose templates hold what is made in it and nothing else; AWS's own validation would take
 * a second.
 */
export const appOf = (): App =>
  new App({
    outdir: temporaryFolder(),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
  });

/** A stack of a Region, in an app of its own unless a scope is given. */
export const stackOf = (scope: Construct = appOf(), region = 'us-east-1', id = region): Stack =>
  new Stack(scope, id, { env: { region } });

/**
 * A bus with a name. The CDK's classes do not meet its own interfaces under
 * `exactOptionalPropertyTypes`.
 */
export const busOf = (scope: Construct, name = 'shop'): IEventBus =>
  new EventBus(scope, name, { eventBusName: name }) as IEventBus;

/** Makes functions, which are asynchronous unless the options say otherwise. */
export const functionMaker =
  (bundle: Bundle) =>
  (
    scope: Construct,
    functionName: string,
    options: Partial<ServiceFunctionProps> = { asynchronous: patient },
  ): ServiceFunction =>
    new ServiceFunction(scope, functionName, {
      functionName,
      description: functionName,
      bundle,
      environment: {},
      memoryMb: 128,
      timeout: Duration.seconds(3),
      ...options,
    });

/** The template of a stack and of what was made in it so far; nothing can be added afterwards. */
export const templateOf = (stack: Stack): Template =>
  (stack.node.root as App).synth().getStackByName(stack.stackName).template as Template;
