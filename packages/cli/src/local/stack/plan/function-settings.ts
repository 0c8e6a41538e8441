import type {
  AsyncConfiguration,
  FunctionConfiguration,
  TemplateConfiguration,
} from '../../lambda/index.ts';
import type { Assembly } from '../../template/assembly.ts';
import { numberOf, objectOf, stringOf, stringsOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { configuredFunction } from '../../template/named-function.ts';
import { TemplateProblems } from '../../template/problems.ts';

/**
 * A function as its template describes it, before the local services are added to its environment.
 */
export type DescribedFunction = FunctionConfiguration & {
  readonly template: TemplateConfiguration;
  readonly reservedConcurrency: number | undefined;
  readonly asyncConfig: AsyncConfiguration;
};

/** Lambda's defaults for what a template leaves out. */
const timeoutSecondsDefault = 3;
const memoryMbDefault = 128;

/**
 * Functions run on the Node of this process; another major version, or another language, would be
 * something else.
 */
const runtimePattern = /^nodejs2[24]\.x$/;

const asyncConfigOf = (fn: Resource, resources: readonly Resource[]): AsyncConfiguration => {
  const config = resources.find(
    (resource) =>
      resource.type === 'AWS::Lambda::EventInvokeConfig' &&
      configuredFunction(resource, resources)?.ref === fn.ref &&
      resource.region === fn.region,
  )?.properties;
  const { OnSuccess, OnFailure } = objectOf(config?.['DestinationConfig']);
  return {
    maximumRetryAttempts: numberOf(config?.['MaximumRetryAttempts']),
    maximumEventAgeSeconds: numberOf(config?.['MaximumEventAgeInSeconds']),
    onSuccessArn: stringOf(objectOf(OnSuccess)['Destination']),
    onFailureArn: stringOf(objectOf(OnFailure)['Destination']),
    deadLetterArn: stringOf(objectOf(fn.properties['DeadLetterConfig'])['TargetArn']),
  };
};

const templateConfigurationOf = ({ properties }: Resource): TemplateConfiguration => ({
  roleArn: stringOf(properties['Role']) ?? '',
  architecture: stringsOf(properties['Architectures'])[0],
  description: stringOf(properties['Description']),
  deadLetterArn: stringOf(objectOf(properties['DeadLetterConfig'])['TargetArn']),
  ephemeralStorageMb: numberOf(objectOf(properties['EphemeralStorage'])['Size']),
  tracingMode: stringOf(objectOf(properties['TracingConfig'])['Mode']),
  logging: objectOf(properties['LoggingConfig']),
});

/**
 * The folder of a function's code among the assets of an app.
 *
 * @throws {TemplateProblems} for code that is not among them.
 */
export const codeDirOf = (fn: Resource, assembly: Assembly): string => {
  const key = stringOf(objectOf(fn.properties['Code'])['S3Key']);
  const stack = assembly.stacks.find(({ name }) => name === fn.stack);
  const directory = key === undefined ? undefined : stack?.assets.get(key);
  if (directory !== undefined) return directory;
  throw new TemplateProblems([
    `${fn.stack}/${fn.logicalId}: its code is not among the assets; give it with Code.fromAsset`,
  ]);
};

/**
 * Reads what a function needs to run.
 *
 * @param resources every resource of the app, for what configures the function from outside
 * @param codeDir the folder of its code
 * @throws {TemplateProblems} for a runtime that does not run here
 */
export const functionSettings = (
  fn: Resource,
  resources: readonly Resource[],
  codeDir: string,
): DescribedFunction => {
  const { properties, region, ref } = fn;
  const runtime = stringOf(properties['Runtime']) ?? '';
  if (!runtimePattern.test(runtime)) {
    const place = `${fn.stack}/${fn.logicalId}`;
    throw new TemplateProblems([
      `${place}: the runtime ${runtime} does not run here; use nodejs24.x`,
    ]);
  }
  const variables = objectOf(objectOf(properties['Environment'])['Variables']);
  return {
    name: ref,
    arn: String(fn.attributes['Arn']),
    region,
    runtime,
    codeDir,
    handler: stringOf(properties['Handler']) ?? '',
    timeoutSeconds: numberOf(properties['Timeout']) ?? timeoutSecondsDefault,
    memoryMb: numberOf(properties['MemorySize']) ?? memoryMbDefault,
    environment: Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, stringOf(value) ?? '']),
    ),
    template: templateConfigurationOf(fn),
    reservedConcurrency: numberOf(properties['ReservedConcurrentExecutions']),
    asyncConfig: asyncConfigOf(fn, resources),
  };
};
