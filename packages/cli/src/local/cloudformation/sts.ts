import type { Route } from 'antipode-local-dsql/http';
import { awsQueryRoute } from '../aws-query.ts';
import { localAccount } from '../template/identities.ts';

/**
 * Serves GetCallerIdentity: every caller is the same role, since signatures are not checked.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export const stsRoute: Route = awsQueryRoute({
  version: '2011-06-15',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: {
    GetCallerIdentity: () => ({
      Arn: `arn:aws:iam::${localAccount}:role/local`,
      UserId: 'AROALOCAL',
      Account: localAccount,
    }),
  },
});
