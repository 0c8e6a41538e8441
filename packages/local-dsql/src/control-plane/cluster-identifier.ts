import { randomInt } from 'node:crypto';
import { invalid } from './control-plane-error.ts';
import { isRegionName } from './region-name.ts';

const identifierLength = 26;
const identifierAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A cluster identifier as the service forms them: 26 lower-case letters and digits. */
export const newClusterIdentifier = (): string =>
  Array.from(
    { length: identifierLength },
    () => identifierAlphabet[randomInt(identifierAlphabet.length)],
  ).join('');

const identifierPattern = /^[a-z0-9]{26}$/;

export const isClusterIdentifier = (text: string): boolean => identifierPattern.test(text);

const arnPattern = /^arn:aws:dsql:([^:]*):(\d{12}):cluster\/([a-z0-9]{26})$/;

/**
 * Reads `arn:aws:dsql:<region>:<account>:cluster/<identifier>`.
 *
 * @throws {ControlPlaneError} for another text
 */
export const parseClusterArn = (
  arn: string,
): { readonly region: string; readonly identifier: string } => {
  const [, region = '', , identifier = ''] = arnPattern.exec(arn) ?? [];
  if (isRegionName(region)) return { region, identifier };
  throw invalid(`Invalid cluster ARN: ${arn}`);
};
