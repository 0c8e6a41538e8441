import { randomUUID } from 'node:crypto';
import { latestVersion } from '../function-identifier.ts';

/**
 * Credentials that a function's process receives; the local services check none of them over HTTP.
 */
export type FunctionCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

/** The configuration of a deployed function that its process can see. */
export type FunctionConfiguration = {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  /** The published version that it is; `$LATEST` unless given. */
  readonly version?: string | undefined;
  /** Such as `nodejs24.x`; the Node that runs it is that of this process. */
  readonly runtime: string;
  /** Folder of the bundle. */
  readonly codeDir: string;
  /** `file.export`, such as `index.handler`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** The function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that route its clients to the local services. */
  readonly localEnvironment?: Readonly<Record<string, string>> | undefined;
};

/** Names that CloudFormation refuses in a function's own environment. */
const reserved =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION|LOG)_\w+|AWS_LAMBDA_(INITIALIZATION_TYPE|RUNTIME_API)|AWS_(ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** Whether only Lambda may set a variable. */
export const isReservedVariable = (name: string): boolean => reserved.test(name);

/**
 * Refuses a variable that only Lambda may set.
 *
 * @throws {Error} that names the variables and the function.
 */
export const refuseReservedVariables = ({ name, environment }: FunctionConfiguration): void => {
  const names = Object.keys(environment).filter(isReservedVariable);
  if (names.length > 0) {
    throw new Error(
      `${name} sets ${names.join(', ')}, which Lambda reserves: remove it from its environment`,
    );
  }
};

/**
 * The whole environment of a function's process. Nothing of the developer's is in it, so that code
 * cannot work here through a variable that AWS does not set.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const environmentVariables = (
  configuration: FunctionConfiguration,
  runtime: {
    readonly credentials: FunctionCredentials;
    readonly runtimeApi: { readonly address: string; readonly token: string };
    readonly runtimeDir: string;
  },
): Record<string, string> => {
  const { credentials } = runtime;
  const { version = latestVersion } = configuration;
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    LANG: 'en_US.UTF-8',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    TZ: ':UTC',
    ...configuration.environment,
    ...configuration.localEnvironment,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_REGION: configuration.region,
    AWS_DEFAULT_REGION: configuration.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: configuration.name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${configuration.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[${version}]${randomUUID().replaceAll('-', '')}`,
    AWS_LAMBDA_RUNTIME_API: runtime.runtimeApi.address,
    // The shim removes this variable before the function's code runs.
    ANTIPODE_RUNTIME_TOKEN: runtime.runtimeApi.token,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    LAMBDA_TASK_ROOT: configuration.codeDir,
    LAMBDA_RUNTIME_DIR: runtime.runtimeDir,
    _HANDLER: configuration.handler,
  };
};
