import { archiveKey } from './archives.ts';
import { functionIn, isList, isObject, type Json, type JsonObject, objectOf } from './json.ts';
import { settingParameters } from './parameters.ts';

/** A synthesized stack. */
export type SynthesizedStack = {
  /** Its name without the prefix and the service, such as `data-primary`. */
  readonly part: string;
  readonly stackName: string;
  readonly region: string;
  readonly template: JsonObject;
};

/** The parameters that say where the archives of the functions are. */
export const codeParameters = { bucket: 'CodeBucket', keyPrefix: 'CodeKeyPrefix' } as const;

/** Names of outputs that only `Fn::GetStackOutput` reads. */
const published = /^PublishOutput/;

/** The parameter of a stack that gets an attribute of the cluster of another stack. */
const clusterParameter = (half: string, attribute: string): string =>
  `${half === 'primary' ? 'Primary' : 'Secondary'}Cluster${attribute === 'ResourceArn' ? 'Arn' : attribute}`;

const attributeIn = (value: Json | undefined): string | undefined => {
  const attribute = objectOf(value)['Fn::GetAtt'];
  return isList(attribute) ? String(attribute[1]) : undefined;
};

/** The parameter that stands for a value of a stack of the other Region. */
const parameterFor = (argument: JsonObject, stacks: readonly SynthesizedStack[]): JsonObject => {
  const { StackName, OutputName } = argument;
  const from = stacks.find(({ stackName }) => stackName === StackName);
  const output = objectOf(objectOf(from?.template['Outputs'])[String(OutputName)]);
  const attribute = attributeIn(output['Value']);
  const [, half] = /^data-(primary|secondary)$/.exec(from?.part ?? '') ?? [];
  if (half === undefined || attribute === undefined) {
    throw new Error(`Output ${OutputName} of ${StackName} is no attribute of a cluster`);
  }
  return { Ref: clusterParameter(half, attribute) };
};

/** Names of properties whose texts tell a person which setting to change. */
const tellsPerson = /^(?:Assert|Alarm)?Description$/;

const parameterOf: ReadonlyMap<string, string> = new Map(
  settingParameters.map(({ setting, name }) => [setting, name]),
);

/** A text for people with the names of parameters in the place of the variables of a synthesis. */
export const namingParameters = (text: string): string =>
  text.replace(/\w+/g, (word) => parameterOf.get(word) ?? word);

/** The output of a stack with a protected cluster: the CDK's own names a command of its CLI. */
export const clusterIsKept =
  'The cluster is kept with its data. To bring it back, import it into this stack';

const codeOf = (code: JsonObject, names: ReadonlyMap<string, string>): JsonObject => {
  const hash = String(code['S3Key']).replace(/\.zip$/, '');
  const name = names.get(hash);
  if (name === undefined) throw new Error(`No folder has the code ${hash}`);
  return {
    S3Bucket: { Ref: codeParameters.bucket },
    S3Key: { 'Fn::Sub': `\${${codeParameters.keyPrefix}}${archiveKey(name, hash)}` },
  };
};

/**
 * A template that needs nothing of the CDK: code from a bucket of the deployer's own, and values of
 * the other Region from parameters.
 *
 * @param stacks all stacks of the synthesis
 * @param names the name of the archive of each hash
 */
export const plainTemplate = (
  { template }: SynthesizedStack,
  stacks: readonly SynthesizedStack[],
  names: ReadonlyMap<string, string>,
): JsonObject => {
  const plain = (value: Json, isText = false): Json => {
    if (typeof value === 'string' && isText) return namingParameters(value);
    if (isList(value)) return value.map((item) => plain(item, isText));
    if (!isObject(value)) return value;
    const [name, argument] = functionIn(value) ?? [];
    if (name === 'Fn::GetStackOutput') return parameterFor(objectOf(argument), stacks);
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === 'Code' && isObject(inner) && inner['S3Bucket'] !== undefined
          ? codeOf(inner, names)
          : plain(inner, isText || tellsPerson.test(key)),
      ]),
    );
  };
  const { Outputs, ...others } = objectOf(plain(template));
  const outputs = Object.entries(objectOf(Outputs))
    .filter(([name]) => !published.test(name))
    .map(([name, output]) => {
      const isOfCdk = name === 'AfterDestroy' && JSON.stringify(output).includes('cdk import');
      return [name, isOfCdk ? { Value: clusterIsKept } : output] as const;
    });
  return { ...others, ...(outputs.length > 0 && { Outputs: Object.fromEntries(outputs) }) };
};
