import { isReservedVariable } from '../../lambda/environment/environment-variables.ts';
import { parseIdentifier } from '../../lambda/function-identifier.ts';
import { type Json, objectOf, stringOf } from '../json.ts';
import { checkDestinations } from './async-checks.ts';
import { checkFunctionName, isFunctionThere, type ResourceCheck } from './resource-check.ts';

/**
 * Bytes of all variables of a function together. Lambda measures them as the JSON of their map,
 * which its message shows.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const variablesBytesMax = 4096;

/** Environment of a function, API reference. */
const variableName = /^[a-zA-Z][a-zA-Z0-9_]+$/;

const variablesOf = (properties: Readonly<Record<string, Json>>) =>
  Object.entries(objectOf(objectOf(properties['Environment'])['Variables'])).map(
    ([name, value]): readonly [string, string] => [name, stringOf(value) ?? ''],
  );

const checkVariables: ResourceCheck = ({ properties }, { isPending }) => {
  const variables = variablesOf(properties);
  const bytes = Buffer.byteLength(JSON.stringify(Object.fromEntries(variables)));
  const isKnown = !variables.some(([, value]) => isPending(value));
  return [
    ...variables.flatMap(([name]) => {
      if (isReservedVariable(name)) {
        return [`Environment.Variables sets ${name}, which Lambda reserves; remove it`];
      }
      return variableName.test(name)
        ? []
        : [
            `Environment.Variables has the name ${JSON.stringify(name)}; use a letter, then letters, digits and _`,
          ];
    }),
    ...(isKnown && bytes > variablesBytesMax
      ? [`Environment.Variables takes ${bytes} bytes as JSON; the most is ${variablesBytesMax}`]
      : []),
  ];
};

/** The properties that a function with an archive needs. Images do not run here. */
const checkCode: ResourceCheck = ({ properties }) => {
  const { S3Bucket, S3Key, ZipFile, ImageUri } = objectOf(properties['Code']);
  if (properties['Code'] === undefined || ImageUri !== undefined) return [];
  const isGiven = ZipFile !== undefined || (S3Bucket !== undefined && S3Key !== undefined);
  return [
    ...(isGiven ? [] : ['Code is missing its S3Bucket and S3Key']),
    ...['Handler', 'Runtime']
      .filter((name) => properties[name] === undefined)
      .map((name) => `${name} is missing`),
  ];
};

export const checkFunction: ResourceCheck = (fn, context) => [
  ...checkCode(fn, context),
  ...checkVariables(fn, context),
  ...checkDestinations(fn, context),
];

export const checkPermission = checkFunctionName('FunctionName');

const checkTarget = checkFunctionName('TargetFunctionArn');

export const checkUrl: ResourceCheck = (url, context) => {
  const { TargetFunctionArn, Qualifier } = url.properties;
  const missing = checkTarget(url, context);
  const qualifier = stringOf(Qualifier);
  if (missing.length > 0 || qualifier === undefined) return missing;
  const { name } = parseIdentifier(String(TargetFunctionArn)) ?? { name: '' };
  return isFunctionThere(context, url, `${name}:${qualifier}`)
    ? []
    : [`Qualifier: there is no alias ${qualifier} of the function ${name}`];
};

export const checkVersion = checkFunctionName('FunctionName');

/** The group by which CodeDeploy leads an alias to other versions. */
const checkGroup: ResourceCheck = (
  { updatePolicy, region },
  { resources, isComplete, isPending },
) => {
  const policy = objectOf(objectOf(updatePolicy)['CodeDeployLambdaAliasUpdate']);
  const { DeploymentGroupName: name } = policy;
  const isThere =
    name === undefined ||
    !isComplete ||
    isPending(name) ||
    resources.some(
      (one) =>
        one.type === 'AWS::CodeDeploy::DeploymentGroup' &&
        one.region === region &&
        one.ref === name,
    );
  return isThere
    ? []
    : [`UpdatePolicy: there is no deployment group ${name} in this Region of the app`];
};

export const checkAlias: ResourceCheck = (alias, context) => [
  ...checkFunctionName('FunctionName')(alias, context),
  ...checkGroup(alias, context),
];
