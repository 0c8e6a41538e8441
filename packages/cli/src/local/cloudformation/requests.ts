import { AwsError } from '../aws-json.ts';
import { DeploymentError } from '../deployment/index.ts';
import { textOf } from '../query-parameters.ts';

/** The HTTP status of the one error that is not 400 (API reference of DescribeChangeSet). */
const notFound = 404;

export const invalid = (message: string): AwsError =>
  new AwsError(message, { code: 'ValidationError' });

/** The engine's refusal as CloudFormation puts it on the wire. */
export const asAwsError = (error: unknown): unknown => {
  if (!(error instanceof DeploymentError)) return error;
  const { code, message } = error;
  const status = code === 'ChangeSetNotFound' ? { status: notFound } : {};
  return new AwsError(message, { code, ...status, cause: error });
};

/** @throws {AwsError} `ValidationError` when the parameter is absent */
export const required = (parameters: URLSearchParams, name: string): string => {
  const value = textOf(parameters, name);
  if (value === undefined) {
    const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    throw invalid(
      `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return value;
};

/** Parameters that every request of the query protocol has. */
const protocolNames = ['Action', 'Version'];

/** Values by which a client says that it does not use a parameter. */
const unused = ['', 'false', 'STANDARD'];

/**
 * Refuses parameters that an operation does not read: to ignore one would be to behave unlike AWS
 * in silence.
 *
 * @throws {AwsError} `ValidationError` that names the first of them
 */
export const refuseOthers = (parameters: URLSearchParams, names: readonly string[]): void => {
  for (const [path, value] of parameters) {
    const [name = ''] = path.split('.');
    if (names.includes(name) || protocolNames.includes(name) || unused.includes(value)) continue;
    throw invalid(`The local stack does not support the parameter ${path}: leave it out.`);
  }
};

/** A time as CloudFormation writes it. */
export const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();
