import { randomBytes } from 'node:crypto';
import type { Route } from 'antipode-local-dsql/http';
import { AwsError } from '../aws-json.ts';
import { awsQueryRoute, type QueryValue } from '../aws-query.ts';
import { localAccount } from '../template/identities.ts';

/** Seconds that a role's keys live unless the caller says otherwise (API reference). */
const sessionSecondsDefault = 3600;

/** `arn:aws:iam::ACCOUNT:role/PATH/NAME` */
const rolePattern = /^arn:[\w-]+:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/;

const key = (bytes: number): string => randomBytes(bytes).toString('base64url');

const assumeRole = (parameters: URLSearchParams): QueryValue => {
  const [, account, role] = rolePattern.exec(parameters.get('RoleArn') ?? '') ?? [];
  const session = parameters.get('RoleSessionName') ?? '';
  if (account === undefined || role === undefined || session === '') {
    throw new AwsError('RoleArn and RoleSessionName must name a role and a session.', {
      code: 'ValidationError',
    });
  }
  if (account !== localAccount) {
    throw new AwsError(
      `The local stack is account ${localAccount}: it has no role of account ${account}.`,
      { code: 'AccessDenied', status: 403 },
    );
  }
  const seconds = Number(parameters.get('DurationSeconds') ?? sessionSecondsDefault);
  return {
    Credentials: {
      AccessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      SecretAccessKey: key(30),
      SessionToken: key(60),
      Expiration: new Date(Date.now() + seconds * 1000).toISOString(),
    },
    AssumedRoleUser: {
      AssumedRoleId: `AROALOCAL:${session}`,
      Arn: `arn:aws:sts::${localAccount}:assumed-role/${role}/${session}`,
    },
  };
};

/**
 * Serves GetCallerIdentity and AssumeRole. Every caller is the same role, and may become each role
 * of the account, since signatures are not checked.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export const stsRoute: Route = awsQueryRoute({
  version: '2011-06-15',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: {
    AssumeRole: assumeRole,
    GetCallerIdentity: () => ({
      Arn: `arn:aws:iam::${localAccount}:role/local`,
      UserId: 'AROALOCAL',
      Account: localAccount,
    }),
  },
});
