import {
  type InvocableFunction,
  latestVersion,
  parseIdentifier,
  type VersionedFunction,
} from '../../lambda/index.ts';
import { localAccount } from '../../template/identities.ts';

/**
 * Finds functions of the app, their versions and their aliases by a whole ARN. One of another
 * account, or of a version that is not published here, is none of them, whatever its name.
 *
 * @param functionsOf the functions of a Region, by name
 */
export const functionsByArn =
  (
    functionsOf: (
      region: string,
    ) => ReadonlyMap<string, Pick<VersionedFunction, 'qualified'>> | undefined,
  ) =>
  (arn: string): InvocableFunction | undefined => {
    const { region, account, name, qualifier = latestVersion } = parseIdentifier(arn) ?? {};
    if (region === undefined || name === undefined) return undefined;
    return account === localAccount
      ? functionsOf(region)?.get(name)?.qualified(qualifier)
      : undefined;
  };
