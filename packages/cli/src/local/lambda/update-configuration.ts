import type { HttpRequest, HttpResponse } from 'antipode-local-dsql/http';
import * as v from 'valibot';
import { invalidParameter } from './api-errors.ts';
import type { InvocableFunction } from './versioned-function.ts';

/** `FunctionName` is in the path too; clients leave it out of the body. */
const bodySchema = v.strictObject({
  Role: v.pipe(v.string(), v.regex(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/)),
});

const readBody = ({ body }: HttpRequest): v.InferOutput<typeof bodySchema> | undefined => {
  try {
    return v.parse(bodySchema, JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
};

/**
 * Gives a function another role, as `UpdateFunctionConfiguration` does. Its next processes sign
 * with keys of that role. A deployment changes all other settings.
 *
 * @returns the refusal of another request
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
 */
export const updateRole = (
  target: Pick<InvocableFunction, 'configuration' | 'reconfigure'>,
  request: HttpRequest,
): HttpResponse | undefined => {
  const { template, ...settings } = target.configuration;
  const { reconfigure } = target;
  const roleArn = readBody(request)?.Role;
  if (roleArn === undefined || template === undefined || reconfigure === undefined) {
    return invalidParameter(
      'The local stack changes the Role alone, an ARN: deploy the other settings.',
    );
  }
  // The processes of the old role end by themselves, after their last invocation.
  reconfigure({ ...settings, template: { ...template, roleArn } }).catch(() => undefined);
  return undefined;
};
