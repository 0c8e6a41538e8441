import { functionNameIn, latestVersion, parseIdentifier } from '../lambda/function-identifier.ts';
import { localAccount } from './identities.ts';
import type { Resource } from './model.ts';

/** Whether a function has a version or an alias that a qualifier names. */
const hasQualifier = (fn: Resource, qualifier: string, resources: readonly Resource[]): boolean =>
  qualifier === latestVersion ||
  resources.some(({ type, region, properties, attributes }) => {
    const own = type === 'AWS::Lambda::Alias' ? properties['Name'] : attributes['Version'];
    return (
      (type === 'AWS::Lambda::Alias' || type === 'AWS::Lambda::Version') &&
      region === fn.region &&
      own === qualifier &&
      functionNameIn(String(properties['FunctionName'])) === fn.ref
    );
  });

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
  if (account !== localAccount) return undefined;
  const found = resources.find(
    (resource) =>
      resource.type === 'AWS::Lambda::Function' &&
      resource.region === region &&
      (resource.ref === name || resource.attributes['Arn'] === nameOrArn),
  );
  return found && hasQualifier(found, qualifier, resources) ? found : undefined;
};

/** The function that an `AWS::Lambda::EventInvokeConfig` configures. */
export const configuredFunction = (
  { properties, region }: Resource,
  resources: readonly Resource[],
): Resource | undefined => namedFunction(String(properties['FunctionName']), region, resources);
