import { AwsError } from '../aws-json.ts';

type BackupErrorCode =
  | 'ResourceNotFoundException'
  | 'InvalidParameterValueException'
  | 'MissingParameterValueException'
  | 'InvalidRequestException';

/** An error of AWS Backup; all have the status 400. */
export const backupFailure = (code: BackupErrorCode, message: string): AwsError =>
  new AwsError(message, { code });
