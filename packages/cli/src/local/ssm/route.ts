import type { Route } from 'antipode-local-dsql/http';
import * as v from 'valibot';
import { AwsError, awsJsonRoute, operation } from '../aws-json.ts';

/**
 * The version of the bootstrap stack that each environment behaves as. It is above every published
 * version (33 in `bootstrap-template.yaml` of the CDK CLI 2.1148), so that no app asks for a newer
 * one and `cdk bootstrap` leaves the environment as it is.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
 */
export const bootstrapVersion = 1000;

/** `/cdk-bootstrap/QUALIFIER/version`, as `bootstrapVersionSsmParameter` of a manifest names it. */
const bootstrapPattern = /^\/cdk-bootstrap\/[a-z0-9]+\/version$/;

const getParameterSchema = v.strictObject({
  Name: v.string(),
  WithDecryption: v.optional(v.boolean()),
});

/**
 * Serves GetParameter of one Region.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export const ssmRoute = (parameter: (name: string) => string | undefined): Route =>
  awsJsonRoute({
    target: 'AmazonSSM',
    version: '1.1',
    operations: {
      GetParameter: operation(getParameterSchema, ({ Name }) => {
        const own = bootstrapPattern.test(Name) ? String(bootstrapVersion) : undefined;
        const value = parameter(Name) ?? own;
        if (value === undefined) {
          throw new AwsError(`The parameter ${Name} does not exist.`, {
            code: 'ParameterNotFound',
          });
        }
        return { Parameter: { Name, Type: 'String', Value: value, Version: 1 } };
      }),
    },
  });
