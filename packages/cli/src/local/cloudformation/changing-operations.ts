import { randomUUID } from 'node:crypto';
import type { QueryOperation } from '../aws-query.ts';
import {
  type ChangeSetDescription,
  type ChangeSetRequest,
  type ChangeSetType,
  DeploymentError,
  type OnStackFailure,
  type ParameterValue,
  type RegionDeployments,
} from '../deployment/index.ts';
import { booleanOf, structuresOf, textOf, textsOf } from '../query-parameters.ts';
import { describeChangeSet, summarizeChangeSet } from './descriptions.ts';
import { invalid, refuseOthers, required } from './requests.ts';
import { givenTemplate, type ReadObject } from './template-text.ts';
import { toolkitStackName } from './toolkit-stack.ts';

/** Parameters of a template and a stack, which creation, update and change sets share. */
const sharedNames = [
  ...['StackName', 'TemplateBody', 'TemplateURL', 'UsePreviousTemplate', 'Parameters'],
  ...['Capabilities', 'ResourceTypes', 'Tags', 'RoleARN', 'DisableRollback'],
  'ClientRequestToken',
];

/** Nested stacks do not run here, so that including them changes nothing. */
const changeSetNames = [
  ...sharedNames,
  ...['ChangeSetName', 'ChangeSetType', 'ClientToken', 'Description', 'IncludeNestedStacks'],
  ...['OnStackFailure', 'ImportExistingResources', 'ResourcesToImport'],
];

const parametersOf = (parameters: URLSearchParams): Readonly<Record<string, ParameterValue>> =>
  Object.fromEntries(
    structuresOf(parameters, 'Parameters').map((one) => [
      one['ParameterKey'] ?? '',
      one['UsePreviousValue'] === 'true'
        ? { usePrevious: true }
        : { value: one['ParameterValue'] ?? '' },
    ]),
  );

const tagsOf = (parameters: URLSearchParams): Readonly<Record<string, string>> =>
  Object.fromEntries(
    structuresOf(parameters, 'Tags').map(({ Key = '', Value = '' }) => [Key, Value]),
  );

const isFailureChoice = (text: string): text is OnStackFailure =>
  ['ROLLBACK', 'DELETE', 'DO_NOTHING'].includes(text);

const onFailure = (
  parameters: URLSearchParams,
  name: string,
): Pick<ChangeSetRequest, 'onStackFailure'> => {
  const choice = textOf(parameters, name);
  if (choice === undefined) return {};
  if (isFailureChoice(choice)) return { onStackFailure: choice };
  throw invalid(`${name} must be one of ROLLBACK, DELETE, DO_NOTHING: ${choice}`);
};

/** The engine's request for a template and its values. */
const requestOf = (
  parameters: URLSearchParams,
  readObject: ReadObject,
): Omit<ChangeSetRequest, 'name' | 'type'> => {
  const stackName = required(parameters, 'StackName');
  if (stackName === toolkitStackName) {
    throw invalid('The local stack is bootstrapped already: it needs no stack CDKToolkit.');
  }
  const templateBody = givenTemplate(parameters, readObject);
  const roleArn = textOf(parameters, 'RoleARN');
  const description = textOf(parameters, 'Description');
  const usePreviousTemplate = booleanOf(parameters, 'UsePreviousTemplate') === true;
  if (templateBody === undefined && !usePreviousTemplate) {
    throw invalid('Either Template URL or Template Body must be specified.');
  }
  return {
    stackName,
    parameters: parametersOf(parameters),
    capabilities: textsOf(parameters, 'Capabilities'),
    ...(parameters.has('ResourceTypes.member.1')
      ? { resourceTypes: textsOf(parameters, 'ResourceTypes') }
      : {}),
    usePreviousTemplate,
    ...(templateBody === undefined ? {} : { templateBody }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(description === undefined ? {} : { description }),
    ...(parameters.has('Tags.member.1.Key') ? { tags: tagsOf(parameters) } : {}),
  };
};

/** The map whose members are `ResourceIdentifier.entry.1.key` and `….value`. */
const identifierOf = (structure: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(structure).flatMap(([path, name]) => {
      const [, at] = /^ResourceIdentifier\.entry\.(\d+)\.key$/.exec(path) ?? [];
      return at === undefined
        ? []
        : [[name, structure[`ResourceIdentifier.entry.${at}.value`] ?? '']];
    }),
  );

const importsOf = (parameters: URLSearchParams): Pick<ChangeSetRequest, 'resourcesToImport'> => {
  const structures = structuresOf(parameters, 'ResourcesToImport');
  if (structures.length === 0) return {};
  return {
    resourcesToImport: structures.map((one) => ({
      logicalId: one['LogicalResourceId'] ?? '',
      type: one['ResourceType'] ?? '',
      identifier: identifierOf(one),
    })),
  };
};

const typeOf = (parameters: URLSearchParams): ChangeSetType => {
  const type = parameters.get('ChangeSetType') ?? 'UPDATE';
  if (type === 'CREATE' || type === 'UPDATE' || type === 'IMPORT') return type;
  throw invalid(`The local stack does not run change sets of type ${type}.`);
};

const executionOf = (parameters: URLSearchParams) => {
  const clientRequestToken = textOf(parameters, 'ClientRequestToken');
  const disableRollback = booleanOf(parameters, 'DisableRollback');
  return {
    ...(clientRequestToken === undefined ? {} : { clientRequestToken }),
    ...(disableRollback === undefined ? {} : { disableRollback }),
  };
};

const changeSetOperations = (
  deployments: RegionDeployments,
  readObject: ReadObject,
): Readonly<Record<string, QueryOperation>> => {
  const named = (parameters: URLSearchParams) =>
    [required(parameters, 'ChangeSetName'), textOf(parameters, 'StackName')] as const;
  return {
    CreateChangeSet: async (parameters) => {
      refuseOthers(parameters, changeSetNames);
      const { id, stackId } = await deployments.createChangeSet({
        ...requestOf(parameters, readObject),
        ...onFailure(parameters, 'OnStackFailure'),
        name: required(parameters, 'ChangeSetName'),
        type: typeOf(parameters),
        ...importsOf(parameters),
      });
      return { Id: id, StackId: stackId };
    },
    DescribeChangeSet: (parameters) =>
      describeChangeSet(deployments.changeSet(...named(parameters))),
    ListChangeSets: (parameters) => {
      const sets = deployments.changeSets(required(parameters, 'StackName'));
      return { Summaries: sets.map(summarizeChangeSet) };
    },
    ExecuteChangeSet: (parameters) => {
      refuseOthers(parameters, [
        ...['ChangeSetName', 'StackName', 'ClientRequestToken', 'DisableRollback'],
      ]);
      deployments.executeChangeSet(...named(parameters), executionOf(parameters));
      return {};
    },
    DeleteChangeSet: (parameters) => {
      const [name, stack] = named(parameters);
      try {
        deployments.deleteChangeSet(name, stack);
      } catch (error) {
        // The CDK CLI deletes the change set of an earlier deployment whether there is one or not.
        if (!(error instanceof DeploymentError && error.code === 'ChangeSetNotFound')) throw error;
      }
      return {};
    },
  };
};

/** The engine says it as the service does (API reference of CreateChangeSet). */
const isWithoutChanges = ({ statusReason = '' }: ChangeSetDescription): boolean =>
  statusReason.includes("didn't contain changes") || statusReason.includes('No updates are to be');

/** Creation and update in one request: a change set that is executed at once. */
const directOperations = (
  deployments: RegionDeployments,
  readObject: ReadObject,
): Readonly<Record<string, QueryOperation>> => {
  const refusal = (set: ChangeSetDescription) => {
    deployments.deleteChangeSet(set.id, set.stackId);
    if (set.type === 'CREATE') deployments.deleteStack(set.stackId);
    return invalid(
      isWithoutChanges(set) ? 'No updates are to be performed.' : (set.statusReason ?? ''),
    );
  };
  const run = async (
    type: ChangeSetType,
    parameters: URLSearchParams,
    choice: Pick<ChangeSetRequest, 'onStackFailure'>,
  ) => {
    const request = { ...requestOf(parameters, readObject), ...choice };
    const name = `direct-${randomUUID()}`;
    const set = await deployments.createChangeSet({ ...request, name, type });
    if (set.status === 'FAILED') throw refusal(set);
    deployments.executeChangeSet(set.id, set.stackId, executionOf(parameters));
    return { StackId: set.stackId };
  };
  return {
    CreateStack: async (parameters) => {
      refuseOthers(parameters, [...[...sharedNames, 'OnFailure', 'EnableTerminationProtection']]);
      const answer = await run('CREATE', parameters, onFailure(parameters, 'OnFailure'));
      if (booleanOf(parameters, 'EnableTerminationProtection') === true) {
        deployments.setTerminationProtection(answer.StackId, true);
      }
      return answer;
    },
    UpdateStack: (parameters) => {
      refuseOthers(parameters, sharedNames);
      return run('UPDATE', parameters, {});
    },
  };
};

const endingOperations = (
  deployments: RegionDeployments,
): Readonly<Record<string, QueryOperation>> => ({
  DeleteStack: (parameters) => {
    refuseOthers(parameters, [
      ...['StackName', 'RetainResources', 'RoleARN', 'ClientRequestToken', 'DeletionMode'],
    ]);
    const clientRequestToken = textOf(parameters, 'ClientRequestToken');
    const retain = textsOf(parameters, 'RetainResources');
    deployments.deleteStack(required(parameters, 'StackName'), {
      force: parameters.get('DeletionMode') === 'FORCE_DELETE_STACK',
      ...(retain.length > 0 ? { retain } : {}),
      ...(clientRequestToken === undefined ? {} : { clientRequestToken }),
    });
    return {};
  },
  RollbackStack: (parameters) => {
    refuseOthers(parameters, [
      ...['StackName', 'RoleARN', 'ClientRequestToken', 'RetainExceptOnCreate'],
    ]);
    const name = required(parameters, 'StackName');
    deployments.rollbackStack(name, textOf(parameters, 'ClientRequestToken'));
    return { StackId: deployments.stack(name).id };
  },
  ContinueUpdateRollback: (parameters) => {
    refuseOthers(parameters, ['StackName', 'RoleARN', 'ClientRequestToken', 'ResourcesToSkip']);
    const clientRequestToken = textOf(parameters, 'ClientRequestToken');
    deployments.continueUpdateRollback(required(parameters, 'StackName'), {
      skip: textsOf(parameters, 'ResourcesToSkip'),
      ...(clientRequestToken === undefined ? {} : { clientRequestToken }),
    });
    return {};
  },
  UpdateTerminationProtection: (parameters) => {
    const name = required(parameters, 'StackName');
    const enabled = booleanOf(parameters, 'EnableTerminationProtection') === true;
    deployments.setTerminationProtection(name, enabled);
    return { StackId: deployments.stack(name).id };
  },
});

/** The operations that change stacks. */
export const changingOperations = (
  deployments: RegionDeployments,
  readObject: ReadObject,
): Readonly<Record<string, QueryOperation>> => ({
  ...changeSetOperations(deployments, readObject),
  ...directOperations(deployments, readObject),
  ...endingOperations(deployments),
});
