import type { HttpResponse } from 'antipode-local-dsql/http';
import { latestVersion } from './function-identifier.ts';
import type { InvocableFunction } from './versioned-function.ts';

/** Lambda's defaults for what a template leaves out (CreateFunction, API reference). */
const defaults = {
  architecture: 'x86_64',
  ephemeralStorageMb: 512,
  tracingMode: 'PassThrough',
  logFormat: 'Text',
} as const;

/**
 * The only format of a time in Lambda's API: three digits of a second, and the offset without a
 * colon.
 */
const lambdaTime = (epochMs: number): string =>
  new Date(epochMs).toISOString().replace('Z', '+0000');

/** Describes a function as Lambda does; its ARN ends in the version that the caller named. */
export const functionDescription = (
  { configuration }: Pick<InvocableFunction, 'configuration'>,
  qualifier?: string,
): object => {
  const { name, arn, environment, template } = configuration;
  const { deadLetterArn } = template ?? {};
  return {
    FunctionName: name,
    FunctionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
    Version: configuration.version ?? latestVersion,
    Runtime: configuration.runtime,
    Role: template?.roleArn ?? '',
    Handler: configuration.handler,
    Description: template?.description ?? '',
    Timeout: configuration.timeoutSeconds,
    MemorySize: configuration.memoryMb,
    Architectures: [template?.architecture ?? defaults.architecture],
    EphemeralStorage: { Size: template?.ephemeralStorageMb ?? defaults.ephemeralStorageMb },
    TracingConfig: { Mode: template?.tracingMode ?? defaults.tracingMode },
    LoggingConfig: {
      LogFormat: defaults.logFormat,
      LogGroup: `/aws/lambda/${name}`,
      ...template?.logging,
    },
    ...(Object.keys(environment).length > 0 && { Environment: { Variables: environment } }),
    ...(deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: deadLetterArn } }),
    PackageType: 'Zip',
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    LastModified: lambdaTime(configuration.createdAt),
  };
};

/**
 * The answer of `GetFunctionConfiguration`.
 *
 * @param qualifier The version that the caller named, which the ARN then ends in.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
 */
export const describeConfiguration = (
  target: InvocableFunction,
  qualifier: string | undefined,
): HttpResponse => ({ status: 200, body: JSON.stringify(functionDescription(target, qualifier)) });

/**
 * The answer of `GetFunction`; the code's location is the folder of the bundle.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
 */
export const describeFunction = (
  target: InvocableFunction,
  qualifier: string | undefined,
): HttpResponse => {
  const { reservedConcurrency, codeDir } = target.configuration;
  return {
    status: 200,
    body: JSON.stringify({
      Configuration: functionDescription(target, qualifier),
      Code: { RepositoryType: 'S3', Location: codeDir },
      ...(reservedConcurrency !== undefined && {
        Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
      }),
    }),
  };
};
