import { latestVersion, parseIdentifier } from '../lambda/function-identifier.ts';
import { localAccount } from './identities.ts';
import type { Resource } from './model.ts';

/**
 * The function of the app that a resource names, by a name or an ARN. A function of another account
 * or Region is none, whatever its name, and neither is a version that is not published here.
 */
export const namedFunction = (
  nameOrArn: string,
  region: string,
  resources: readonly Resource[],
): Resource | undefined => {
  // A function whose name Lambda would refuse counts as present. Only the check of names reports
  // it.
  const parts = parseIdentifier(nameOrArn) ?? { name: nameOrArn };
  const { name, qualifier = latestVersion, account = localAccount } = parts;
  if ((parts.region ?? region) !== region) return undefined;
  if (account !== localAccount || qualifier !== latestVersion) return undefined;
  return resources.find(
    (resource) =>
      resource.type === 'AWS::Lambda::Function' &&
      resource.region === region &&
      (resource.ref === name || resource.attributes['Arn'] === nameOrArn),
  );
};

/** The function that an `AWS::Lambda::EventInvokeConfig` configures. */
export const configuredFunction = (
  { properties, region }: Resource,
  resources: readonly Resource[],
): Resource | undefined => namedFunction(String(properties['FunctionName']), region, resources);
