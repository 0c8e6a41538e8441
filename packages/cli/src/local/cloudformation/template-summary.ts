import type { QueryValue } from '../aws-query.ts';
import { importIdentifiers } from '../deployment/index.ts';
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

/** The properties by which the resources of a template can be imported. */
const identifiersOf = (resources: JsonObject): readonly QueryValue[] =>
  Object.entries(importIdentifiers).flatMap(([type, names]) => {
    const ids = Object.keys(resources).filter((id) => objectOf(resources[id])['Type'] === type);
    if (ids.length === 0) return [];
    return [{ ResourceType: type, LogicalResourceIds: ids, ResourceIdentifiers: names }];
  });

/** A template in an answer of GetTemplateSummary; ValidateTemplate answers a part of it. */
export const summarizeTemplate = (template: JsonObject) => {
  const resources = Object.values(objectOf(template['Resources'])).map(objectOf);
  return {
    Parameters: summarizeParameters(template),
    Description: stringOf(template['Description']),
    Capabilities: capabilitiesOf(resources),
    ResourceIdentifierSummaries: identifiersOf(objectOf(template['Resources'])),
    ResourceTypes: [...new Set(resources.flatMap(({ Type }) => stringOf(Type) ?? []))],
    Version: stringOf(template['AWSTemplateFormatVersion']),
  };
};
