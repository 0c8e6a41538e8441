import type { QueryValue } from '../aws-query.ts';
import { type JsonObject, objectOf, stringOf } from '../template/json.ts';

/** Types whose creation a request has to allow, with the property of a name of one's own. */
const iamNames: Readonly<Record<string, string>> = {
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
};

const capabilitiesOf = (resources: readonly JsonObject[]): readonly string[] => {
  const iam = resources.filter(({ Type }) => (stringOf(Type) ?? '').startsWith('AWS::IAM::'));
  const isNamed = iam.some(({ Type, Properties }) => {
    const name = iamNames[stringOf(Type) ?? ''];
    return name !== undefined && name in objectOf(Properties);
  });
  if (isNamed) return ['CAPABILITY_NAMED_IAM'];
  return iam.length > 0 ? ['CAPABILITY_IAM'] : [];
};

const summarizeParameters = (template: JsonObject): readonly QueryValue[] =>
  Object.entries(objectOf(template['Parameters'])).map(([key, value]) => {
    const parameter = objectOf(value);
    return {
      ParameterKey: key,
      DefaultValue: stringOf(parameter['Default']),
      ParameterType: stringOf(parameter['Type']),
      NoEcho: String(String(parameter['NoEcho']) === 'true'),
      Description: stringOf(parameter['Description']),
    };
  });

/** A template in an answer of GetTemplateSummary; ValidateTemplate answers a part of it. */
export const summarizeTemplate = (template: JsonObject) => {
  const resources = Object.values(objectOf(template['Resources'])).map(objectOf);
  return {
    Parameters: summarizeParameters(template),
    Description: stringOf(template['Description']),
    Capabilities: capabilitiesOf(resources),
    ResourceTypes: [...new Set(resources.flatMap(({ Type }) => stringOf(Type) ?? []))],
    Version: stringOf(template['AWSTemplateFormatVersion']),
  };
};
