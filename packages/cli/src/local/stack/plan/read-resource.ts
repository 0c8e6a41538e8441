import { nameInArn } from '../../arn.ts';
import { readArchive, readRule } from '../../eventbridge/index.ts';
import { readSchedule } from '../../scheduler/index.ts';
import { readQueue } from '../../sqs/index.ts';
import { localAccount } from '../../template/identities.ts';
import { stringOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { problemsIn, TemplateProblems } from '../../template/problems.ts';
import { stepsOf } from './code-deploy.ts';
import { functionSettings } from './function-settings.ts';

type Owner = { readonly name: string; readonly region: string; readonly account: string };

/**
 * Reads a resource with a service's own reader.
 *
 * @throws {TemplateProblems} with one line, for what the service or the local stack does not take.
 */
export const readWith = <T>(
  read: (properties: unknown, owner: Owner) => T,
  { stack, logicalId, region, properties, attributes }: Resource,
): T => {
  const name = nameInArn(String(attributes['Arn']));
  try {
    return read(properties, { name, region, account: localAccount });
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split('\n');
    throw new TemplateProblems([`${stack}/${logicalId}: ${reason}`], { cause });
  }
};

type Read = (resource: Resource, app: App) => unknown;

/** The rest of the app, which a reader may look at besides the resource. */
export type App = {
  readonly resources: readonly Resource[];
  /** @throws {TemplateProblems} for code that is not there. */
  readonly codeDirOf: (fn: Resource) => string;
};

/** @throws {TemplateProblems} for a configuration that there is not. */
const readGroup = (group: Resource, resources: readonly Resource[]): void => {
  const name = stringOf(group.properties['DeploymentConfigName']);
  if (name === undefined || stepsOf(name, group.region, resources)) return;
  throw new TemplateProblems([
    `will fail in AWS: ${group.stack}/${group.logicalId}: there is no deployment configuration ${name} for Lambda`,
  ]);
};

const readers: Readonly<Record<string, Read>> = {
  'AWS::CodeDeploy::DeploymentGroup': (group, { resources }) => readGroup(group, resources),
  'AWS::Events::Archive': (archive) => readWith(readArchive, archive),
  'AWS::Events::Rule': (rule) => readWith(readRule, rule),
  'AWS::Lambda::Function': (fn, { resources, codeDirOf }) =>
    functionSettings(fn, resources, codeDirOf(fn)),
  'AWS::SQS::Queue': (queue) => readWith(readQueue, queue),
  'AWS::Scheduler::Schedule': (schedule) => readWith(readSchedule, schedule),
};

/**
 * The problems that a service's reader finds in a resource, before anything of the app is started.
 */
export const readingProblems = (resource: Resource, app: App): readonly string[] =>
  problemsIn(() => readers[resource.type]?.(resource, app));
