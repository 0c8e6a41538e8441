import { join } from 'node:path';
import {
  type ParameterizedTemplate,
  parameterizedTemplates,
} from '../../../infra/cloudformation/parameterized.ts';
import {
  type SettingParameter,
  settingParameters,
} from '../../../infra/cloudformation/parameters.ts';
import { clusterIsKept, namingParameters } from '../../../infra/cloudformation/plain-template.ts';
import { synthesizer } from '../../../infra/cloudformation/synthesized-stacks.ts';
import { readConfig } from '../../../infra/two-regions/config.ts';
import { namesOf } from '../../../infra/two-regions/names.ts';
import type { JsonObject } from '../../../packages/cli/src/local/template/json.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';
import { placeholderBundles } from '../support/placeholder-app.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { IntendedDifference } from './compare.ts';
import { type DeployedStack, type System, systemOf } from './system.ts';

type Settings = Readonly<Record<string, string>>;

/**
 * The templates of a service for plain CloudFormation, over placeholder code.
 *
 * @param folder receives the code; a temporary folder of the test unless given
 */
export const plainTemplates = (
  service: DeclaredService,
  environment: Settings = {},
  folder: string = temporaryFolder(),
): Promise<readonly ParameterizedTemplate[]> => {
  const bundles = placeholderBundles(service, join(folder, 'bundles'));
  const synthesize = synthesizer({ service, bundles }, { code: {}, folder });
  return parameterizedTemplates(service, environment, synthesize);
};

/** The parameters of the templates that stand for settings. */
export const parametersFor = (settings: Settings): Settings =>
  Object.fromEntries(
    settingParameters.flatMap(({ setting, name }: SettingParameter) => {
      const value = settings[setting];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** The stacks that `deploy.sh` makes of templates with settings as parameters. */
export const deployedStacks = (
  service: DeclaredService,
  templates: readonly ParameterizedTemplate[],
  settings: Settings,
): readonly DeployedStack[] => {
  const config = readConfig(settings);
  const names = namesOf(service, config);
  const { primaryRegion, secondaryRegion, witnessRegion } = config;
  const stackNames: Readonly<Record<string, string>> = {
    'data-primary': names.dataStack('primary'),
    'data-secondary': names.dataStack('secondary'),
    'data-peering': names.peeringStack,
    primary: names.serviceStack('primary'),
    secondary: names.serviceStack('secondary'),
  };
  return templates.map(({ part, template }) => {
    const isSecondary = part.endsWith('secondary');
    return {
      part,
      stackName: stackNames[part] ?? part,
      region: isSecondary ? secondaryRegion : primaryRegion,
      template: template as JsonObject,
      parameters: {
        ...parametersFor(settings),
        CodeBucket: 'code',
        FirstWitnessRegion: witnessRegion,
        FirstPeerRegion: isSecondary ? primaryRegion : secondaryRegion,
        PrimaryClusterArn: '‹data-primary/Cluster.ResourceArn›',
        SecondaryClusterArn: '‹data-secondary/Cluster.ResourceArn›',
        SecondaryClusterIdentifier: '‹data-secondary/Cluster.Identifier›',
      },
    };
  });
};

/** The system that plain CloudFormation deploys with settings as parameters. */
export const cloudFormationSystem = (
  service: DeclaredService,
  templates: readonly ParameterizedTemplate[],
  settings: Settings = {},
): System =>
  systemOf(deployedStacks(service, templates, settings), ({ S3Key }) =>
    String(S3Key).replace(/^.*\/|-[0-9a-f]{16}\.zip$/g, ''),
  );

/** The differences of plain CloudFormation from the CDK app. */
export const intended: readonly IntendedDifference[] = [
  {
    where: /^outputs data-\w+\/PublishOutput/,
    as: () => undefined,
    reason: 'only Fn::GetStackOutput reads it, and deploy.sh passes such values as parameters',
  },
  {
    where: /^outputs data-\w+\/AfterDestroy$/,
    as: () => clusterIsKept,
    reason: 'the CDK CLI imports a cluster by a command of its own',
  },
  {
    where: /\.(?:Alarm)?Description$/,
    as: (source) => namingParameters(String(source)),
    reason: 'a setting has the name of its parameter',
  },
];
