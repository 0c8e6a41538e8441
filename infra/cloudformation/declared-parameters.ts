import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import type { TwoRegionConfig } from '../two-regions/config.ts';
import { nameProblems } from '../two-regions/names.ts';
import type { JsonObject } from './json.ts';
import {
  choicesOf,
  parameterGroups,
  type SettingParameter,
  settingParameters,
} from './parameters.ts';
import { codeParameters } from './plain-template.ts';

/** A parameter as a template declares it, and as the console shows it. */
export type DeclaredParameter = {
  readonly group: (typeof parameterGroups)[number];
  readonly label: string;
  readonly declaration: JsonObject;
};

const [ofScript] = parameterGroups;

const ofCluster = (half: string, attribute: 'Arn' | 'Identifier'): DeclaredParameter => ({
  group: ofScript,
  label: `${half} cluster, ${attribute === 'Arn' ? 'ARN' : 'identifier'}`,
  declaration: {
    Type: 'String',
    AllowedPattern:
      attribute === 'Arn'
        ? 'arn:aws[a-z-]*:dsql:[a-z0-9-]+:[0-9]{12}:cluster/[a-z0-9]{26}'
        : '[a-z0-9]{26}',
    Description: `Output Cluster${attribute} of the stack with the ${half.toLowerCase()} cluster`,
  },
});

/** The parameters that no setting stands for. */
const ownParameters = (service: DeclaredService): Readonly<Record<string, DeclaredParameter>> => ({
  [codeParameters.bucket]: {
    group: ofScript,
    label: 'Bucket of the archives',
    declaration: {
      Type: 'String',
      AllowedPattern: '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]',
      Description: 'A bucket of this Region with the archives of the functions',
    },
  },
  [codeParameters.keyPrefix]: {
    group: ofScript,
    label: 'Prefix of the archives',
    declaration: {
      Type: 'String',
      Default: `${service.name}/`,
      AllowedPattern: '([A-Za-z0-9_.-]+/)*',
      Description: 'Begins the keys of the archives in the bucket; it ends in a slash',
    },
  },
  PrimaryClusterArn: ofCluster('Primary', 'Arn'),
  SecondaryClusterArn: ofCluster('Secondary', 'Arn'),
  SecondaryClusterIdentifier: ofCluster('Secondary', 'Identifier'),
});

/** The longest name of a Region that DSQL has: `ap-northeast-1`. */
const longestRegions = { primaryRegion: 'ap-northeast-1', secondaryRegion: 'ap-northeast-2' };

/** The longest prefix with which AWS takes all names of a service. */
const prefixLengthMax = (
  service: DeclaredService,
  config: TwoRegionConfig,
  key: 'clusterNamePrefix' | 'functionPrefix' | 'eventBusPrefix',
): number => {
  const fits = (length: number) =>
    nameProblems(service, { ...config, ...longestRegions, [key]: 'a'.repeat(length) }).length === 0;
  const longest = Array.from({ length: 40 }, (_, at) => 40 - at).find(fits);
  if (longest === undefined) throw new Error(`No ${key} fits the names of ${service.name}`);
  return longest;
};

const constraintsOf = (
  parameter: SettingParameter,
  service: DeclaredService,
  config: TwoRegionConfig,
): JsonObject => {
  if (parameter.kind === 'switch') return { AllowedValues: ['on', 'off'] };
  if (parameter.kind === 'choice') return { AllowedValues: choicesOf(parameter, config) };
  if (parameter.kind === 'number') {
    return parameter.values === undefined
      ? { MinValue: parameter.min, MaxValue: parameter.max }
      : { AllowedValues: parameter.values.map(String) };
  }
  const { key } = parameter;
  const isPrefix = /Prefix$/.test(key);
  return {
    AllowedPattern: parameter.pattern,
    ConstraintDescription: parameter.constraint,
    ...(isPrefix && {
      MinLength: 1,
      MaxLength: prefixLengthMax(service, config, key as 'functionPrefix'),
    }),
  };
};

const shown = (value: TwoRegionConfig[keyof TwoRegionConfig]): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);

/**
 * The parameters that the templates of a service may have, by name. Their defaults are the values
 * of the configuration.
 */
export const declaredParameters = (
  service: DeclaredService,
  config: TwoRegionConfig,
): Readonly<Record<string, DeclaredParameter>> => ({
  ...ownParameters(service),
  ...Object.fromEntries(
    settingParameters.map((parameter: SettingParameter) => {
      const { name, group, label, description, key, kind } = parameter;
      const declaration = {
        Type: kind === 'number' ? 'Number' : 'String',
        Default: shown(config[key]),
        ...constraintsOf(parameter, service, config),
        Description: description,
      };
      return [name, { group, label, declaration }];
    }),
  ),
});

/** How the console of CloudFormation groups and names the parameters of a template. */
export const interfaceOf = (
  names: readonly string[],
  declared: Readonly<Record<string, DeclaredParameter>>,
): JsonObject => {
  const groupOf = (name: string) => declared[name]?.group ?? ofScript;
  return {
    ParameterGroups: parameterGroups
      .map((group) => ({
        Label: { default: group },
        Parameters: names.filter((name) => groupOf(name) === group),
      }))
      .filter(({ Parameters }) => Parameters.length > 0),
    ParameterLabels: Object.fromEntries(
      names.flatMap((name) => {
        const label = declared[name]?.label;
        return label === undefined ? [] : [[name, { default: label }]];
      }),
    ),
  };
};
