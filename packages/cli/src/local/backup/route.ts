import { isUtf8 } from 'node:buffer';
import {
  type HttpRequest,
  type HttpResponse,
  type Route,
  signatureScope,
} from 'antipode-local-dsql/http';
import { AwsError, isObject } from '../aws-json.ts';
import type { Backups } from './backups.ts';
import { backupFailure } from './errors.ts';
import { type BackupOperation, type Input, operations } from './operations.ts';

/** The paths of the service's model, `backup/2018-11-15`, with the members that each holds. */
const paths: readonly {
  readonly pattern: RegExp;
  readonly methods: Readonly<Record<string, BackupOperation>>;
}[] = [
  { pattern: /^\/backup-jobs\/?$/, methods: { PUT: 'StartBackupJob' } },
  { pattern: /^\/backup-jobs\/(?<id>[^/]+)$/, methods: { GET: 'DescribeBackupJob' } },
  { pattern: /^\/copy-jobs\/?$/, methods: { PUT: 'StartCopyJob' } },
  { pattern: /^\/copy-jobs\/(?<id>[^/]+)$/, methods: { GET: 'DescribeCopyJob' } },
  { pattern: /^\/restore-jobs\/?$/, methods: { PUT: 'StartRestoreJob' } },
  { pattern: /^\/restore-jobs\/(?<id>[^/]+)$/, methods: { GET: 'DescribeRestoreJob' } },
  { pattern: /^\/backup-vaults\/?$/, methods: { GET: 'ListBackupVaults' } },
  { pattern: /^\/backup-vaults\/(?<vaultName>[^/]+)$/, methods: { GET: 'DescribeBackupVault' } },
  {
    pattern: /^\/backup-vaults\/(?<vaultName>[^/]+)\/recovery-points\/?$/,
    methods: { GET: 'ListRecoveryPointsByBackupVault' },
  },
  {
    pattern: /^\/backup-vaults\/(?<vaultName>[^/]+)\/recovery-points\/(?<recoveryPointArn>[^/]+)$/,
    methods: { GET: 'DescribeRecoveryPoint', DELETE: 'DeleteRecoveryPoint' },
  },
  {
    pattern:
      /^\/backup-vaults\/(?<vaultName>[^/]+)\/recovery-points\/(?<recoveryPointArn>[^/]+)\/restore-metadata$/,
    methods: { GET: 'GetRecoveryPointRestoreMetadata' },
  },
];

const targetOf = ({ method, path }: HttpRequest) => {
  for (const { pattern, methods } of paths) {
    const match = pattern.exec(path);
    const operation = methods[method];
    if (match && operation) return { operation, members: match.groups ?? {} };
  }
  return undefined;
};

const decoded = (members: Readonly<Record<string, string>>): Input =>
  Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, decodeURIComponent(value)]),
  );

const bodyOf = ({ body }: HttpRequest): Input => {
  if (body.length === 0) return {};
  try {
    const value: unknown = isUtf8(body) ? JSON.parse(body.toString('utf8')) : undefined;
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw backupFailure('InvalidParameterValueException', 'The request body is not a JSON object.');
};

const answered = (status: number, body: unknown, headers = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body ?? {}),
});

const refused = ({ name, message, status }: AwsError): HttpResponse =>
  answered(status, { Code: name, Message: message }, { 'x-amzn-errortype': name });

/**
 * Serves AWS Backup of one Region.
 *
 * @see https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations_AWS_Backup.html
 */
export const backupRoute =
  (region: string, backups: Backups): Route =>
  async (request) => {
    if (signatureScope(request)?.service !== 'backup') return undefined;
    const target = targetOf(request);
    if (!target) {
      const known = Object.keys(operations).join(', ');
      return refused(
        new AwsError(`The local stack does not offer this of AWS Backup; it offers ${known}.`, {
          code: 'UnknownOperationException',
          status: 404,
        }),
      );
    }
    const { operation, members } = target;
    try {
      const input = {
        ...bodyOf(request),
        ...Object.fromEntries(request.query),
        ...decoded(members),
      };
      return answered(200, await operations[operation](backups, region, input));
    } catch (error) {
      if (error instanceof AwsError) return refused(error);
      throw error;
    }
  };
