import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ServiceFunction } from './service-function.ts';

/**
 * Lets a caller of this account send signed requests to the Function URL of a function.
 *
 * Since October 2025 Lambda asks for two actions, of which the second is allowed by way of the URL
 * only: the caller cannot invoke the function directly (developer guide, "Control access to Lambda
 * function URLs").
 *
 * @example
 * grantCallUrl(website, primary.service.api);
 */
export const grantCallUrl = (caller: IGrantable, { entry }: ServiceFunction): Grant => {
  const granted = (action: string, conditions: Record<string, Record<string, unknown>>): Grant =>
    Grant.addToPrincipal({
      grantee: caller,
      actions: [action],
      resourceArns: [entry.functionArn],
      conditions,
    });
  return granted('lambda:InvokeFunctionUrl', {
    StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' },
  }).combine(
    granted('lambda:InvokeFunction', { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }),
  );
};
