import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import type { EnvironmentVariables } from '../two-regions/config.ts';
import { InvalidConfig, readConfig, type TwoRegionConfig } from '../two-regions/config.ts';
import { type DeclaredParameter, declaredParameters, interfaceOf } from './declared-parameters.ts';
import { isList, isObject, type Json, type JsonObject, objectOf } from './json.ts';
import { conditionOf, mergeVariants, type Variant, type Varied } from './merge-variants.ts';
import { cdkOnly, choicesOf, type SettingParameter, settingParameters } from './parameters.ts';
import type { SynthesizedStack } from './plain-template.ts';
import { withFunctions } from './template-text.ts';
import { usualNames } from './usual-names.ts';

/** Synthesizes the stacks of a service with settings, without anything of the CDK in them. */
export type Synthesize = (
  environment: EnvironmentVariables,
) => Promise<readonly SynthesizedStack[]>;

/** A template for one stack of a service, whatever the values of its parameters. */
export type ParameterizedTemplate = { readonly part: string; readonly template: JsonObject };

const parameters: readonly SettingParameter[] = settingParameters;

const marked = parameters.flatMap((one) => ('mark' in one ? [one] : []));

/** The set of Regions that the marks are taken from. */
const markedRegions = marked.filter(({ group }) => group === 'Regions').map(({ mark }) => mark);

/** The settings with which no part of a service is left out. */
const fullest = (config: TwoRegionConfig): EnvironmentVariables =>
  Object.fromEntries(
    parameters.flatMap(({ setting, kind, key }) => {
      if (kind === 'switch') return [[setting, 'on']];
      return kind === 'choice' ? [[setting, String(config[key])]] : [];
    }),
  );

const marks = {
  ...Object.fromEntries(marked.map(({ setting, mark }) => [setting, mark])),
  EXTRA_REGION_SET: markedRegions.join(','),
};

/** An address whose subscription has a readable name. */
const usualEmail = 'on-call@example.com';

/** The settings without which a configuration is refused, because of another one that is on. */
const isNeeded = (key: SettingParameter['key'], config: TwoRegionConfig): boolean =>
  (key === 'alarmEmail' && config.budgetUsd > 0) || (key === 'alarms' && config.faultExperiment);

type Change = { readonly by: Varied; readonly value: string; readonly setting: string };

/** Each change of one parameter that a template must know. */
const changesOf = (config: TwoRegionConfig): readonly Change[] =>
  parameters.flatMap((parameter): readonly Change[] => {
    const { name, setting, key, kind } = parameter;
    if (isNeeded(key, config)) return [];
    if (kind === 'switch') {
      return [{ by: { name, kind, base: 'on' }, value: 'off', setting }];
    }
    if (kind === 'choice') {
      const by: Varied = { name, kind, base: String(config[key]) };
      const values = choicesOf(parameter, config).filter((value) => value !== by.base);
      return values.map((value) => ({ by, value, setting }));
    }
    const isEmpty = kind === 'text' && parameter.mayBeEmpty;
    return isEmpty ? [{ by: { name, kind: 'switch', base: 'on' }, value: '', setting }] : [];
  });

/** The value of a switch that is on, as a condition compares it. */
const conditionFor = ({ by, value }: Change): JsonObject =>
  value === ''
    ? { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: by.name }, ''] }] }
    : { 'Fn::Equals': [{ Ref: by.name }, 'on'] };

const namesIn = (value: Json): ReadonlySet<string> => {
  const names = new Set<string>();
  const walk = (inner: Json): void => {
    if (isList(inner)) {
      for (const item of inner) walk(item);
      return;
    }
    if (!isObject(inner)) return;
    for (const [key, argument] of Object.entries(inner)) {
      if (key === 'Ref' || key === 'Condition') names.add(String(argument));
      const [first] = isList(argument) ? argument : [argument];
      if (key === 'Fn::If' || key === 'Fn::FindInMap') names.add(String(first));
      if (key === 'Fn::Sub') {
        for (const [, name = ''] of String(first).matchAll(/\$\{([^!{}][^{}]*)\}/g))
          names.add(name);
      }
      walk(argument);
    }
  };
  walk(value);
  return names;
};

/** The functions that the marks of a stack stand for; its own Region is a pseudo-parameter. */
const standsIn = (region: string): ReadonlyMap<string, JsonObject> =>
  new Map(marked.map(({ mark, name }) => [mark, { Ref: mark === region ? 'AWS::Region' : name }]));

/** The parameters that a stack declares by itself; a default with a mark has no value yet. */
const ownDeclarations = (template: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(objectOf(template['Parameters'])).map(([name, declaration]) => {
      const { Default, ...others } = objectOf(declaration);
      const isMarked = marked.some(({ mark }) => String(Default).includes(mark));
      return [name, Default === undefined || isMarked ? others : { ...others, Default }];
    }),
  );

const assemble = (
  body: JsonObject,
  own: JsonObject,
  declared: Readonly<Record<string, DeclaredParameter>>,
  description: string,
): JsonObject => {
  const { Conditions, Mappings, Parameters: _, ...sections } = body;
  const conditions = objectOf(Conditions);
  const direct = namesIn(sections);
  const usedConditions = Object.keys(conditions).filter(
    (name) => direct.has(name) || [...direct].some((one) => one.split('And').includes(name)),
  );
  const kept = Object.fromEntries(usedConditions.map((name) => [name, conditions[name] ?? null]));
  const used = new Set([...direct, ...namesIn(kept)]);
  const names = [
    ...Object.keys(own),
    ...Object.keys(declared).filter((name) => used.has(name) && own[name] === undefined),
  ];
  const declarations = names.map((name) => [
    name,
    own[name] ?? declared[name]?.declaration ?? null,
  ]);
  const mappings = Object.entries(objectOf(Mappings)).filter(([name]) => used.has(name));
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: description,
    Metadata: { 'AWS::CloudFormation::Interface': interfaceOf(names, declared) },
    Parameters: Object.fromEntries(declarations),
    ...(mappings.length > 0 && { Mappings: Object.fromEntries(mappings) }),
    ...(usedConditions.length > 0 && { Conditions: kept }),
    ...sections,
  };
};

const descriptions: Readonly<Record<string, string>> = {
  'data-primary': 'the first cluster of its database',
  'data-secondary': 'the second cluster of its database',
  'data-peering': 'the peering of its two clusters',
  primary: 'its functions and events in the primary Region',
  secondary: 'its functions and events in the secondary Region',
};

/**
 * One template for each stack of a service, for all values of its parameters.
 *
 * The service is synthesized with marks in place of names and numbers, and once more for each other
 * value of a parameter that adds or calculates something. So the templates have the resources of
 * the CDK app and no second description of them.
 *
 * @param environment the settings: the defaults of the parameters, and the options of the build
 * @throws {InvalidConfig} for a setting that only the CDK can follow
 * @throws {Error} for a part of a template that no function of CloudFormation can decide
 */
export const parameterizedTemplates = async (
  service: DeclaredService,
  environment: EnvironmentVariables,
  synthesize: Synthesize,
): Promise<readonly ParameterizedTemplate[]> => {
  const config = readConfig(environment);
  if (config.canaryMinutes > 0) {
    throw new InvalidConfig([`CANARY_MINUTES needs the CDK: ${cdkOnly.canaryMinutes}`]);
  }
  const full = { ...environment, ...fullest(config) };
  const named = { ...full, ALARM_EMAIL: usualEmail };
  const changes = changesOf(config);
  const base = await synthesize({ ...full, ...marks });
  const usual = await synthesize(named);
  const changed: (readonly [Change, readonly SynthesizedStack[]])[] = [];
  for (const change of changes) {
    const { setting, value } = change;
    changed.push([change, await synthesize({ ...full, ...marks, [setting]: value })]);
  }
  const declared = declaredParameters(service, config);
  return base.map(({ part, template, region }, at) => {
    const underUsualNames = usualNames(template, objectOf(usual[at]?.template));
    const variants = changed.map(([{ by, value }, stacks]): Variant => {
      return { by, value, node: underUsualNames(objectOf(stacks[at]?.template)) };
    });
    const merged = mergeVariants(underUsualNames(template), variants);
    const { conditions, mappings } = merged;
    const stands = new Map([...standsIn(region), ...merged.marks]);
    const body = objectOf(withFunctions(merged.node, stands));
    const switches = changes.filter(({ by }) => by.kind === 'switch');
    const all = {
      ...body,
      Conditions: {
        ...objectOf(body['Conditions']),
        ...Object.fromEntries(switches.map((one) => [conditionOf(one.by.name), conditionFor(one)])),
        ...conditions,
      },
      Mappings: { ...objectOf(body['Mappings']), ...mappings },
    };
    const description = `${service.name}: ${descriptions[part] ?? part}`;
    return { part, template: assemble(all, ownDeclarations(template), declared, description) };
  });
};
