import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NameOf, needsOf, stackOutputNeed } from '../../../infra/deployer/needs.ts';
import { bootstrapNeeds, cdkNeeds, scriptNeeds } from '../../../infra/deployer/people.ts';
import {
  type Need,
  type Policy,
  policiesOf,
  statementsFor,
} from '../../../infra/deployer/policy.ts';
import { phases } from '../../../infra/deployer/resource-call.ts';
import { type DeclaredService, defineService } from '../../../src/domain/kernel/index.ts';
import { booking } from '../support/booking.ts';
import { type Configuration, configurations } from '../support/configurations.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import type { Template } from '../support/template.ts';

/** The folder of the policies. */
export const policyFolder = join(import.meta.dirname, '../../../infra/deployer/policies');

/** A stack of an app. */
export type SynthesizedStack = {
  readonly name: string;
  readonly region: string;
  readonly template: Template;
};

/** The prefix of all names, unless a setting changes it. */
const prefix = 'antipode-';

/**
 * The names that begin like the value of a template. CloudFormation begins the others with the name
 * of the stack.
 */
const patternOf: NameOf = (value) => {
  const at = typeof value === 'string' ? value.indexOf(prefix) : -1;
  return at < 0 ? `${prefix}*` : `${String(value).slice(0, at)}${prefix}*`;
};

/** The calls of all moments for the resources of a template, by patterns of their names. */
export const templateNeeds = (template: Template): readonly Need[] => [
  ...Object.values(template.Resources).flatMap(({ Type, Properties = {} }) =>
    phases.flatMap((phase) => needsOf({ type: Type, properties: Properties }, phase, patternOf)),
  ),
  ...(JSON.stringify(template).includes('"Fn::GetStackOutput"') ? [stackOutputNeed] : []),
];

/** A service that has every part: one of its consumers has a queue, and one has none. */
const complete = defineService({
  ...booking,
  consumers: {
    occupancy: { on: ['SeatsReserved', 'SeatsReleased'], queue: {} },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
});

const synthesize = (
  { environment, surroundings }: Configuration,
  service: DeclaredService,
): readonly SynthesizedStack[] => {
  // A script asks for them too, which has no folder of a test.
  const folder = mkdtempSync(join(tmpdir(), 'antipode-templates-'));
  try {
    return placeholderApp(service, { environment, folder, ...(surroundings && { surroundings }) })
      .synth()
      .stacks.map(({ stackName, template, environment: { region } }) => ({
        name: stackName,
        region,
        template: template as Template,
      }));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const synthesized = new Map<string, readonly SynthesizedStack[]>();

/** The stacks of a service in one configuration, in the order of their deployment. */
export const stacksOf = (
  configuration: Configuration,
  service: DeclaredService = complete,
): readonly SynthesizedStack[] => {
  const key = JSON.stringify([service, configuration]);
  const stacks = synthesized.get(key) ?? synthesize(configuration, service);
  synthesized.set(key, stacks);
  return stacks;
};

const keyOf = (need: Need): string => JSON.stringify(need);

const without = (needs: readonly Need[], others: readonly Need[]): readonly Need[] => {
  const known = new Set(others.map(keyOf));
  return needs.filter((need) => !known.has(keyOf(need)));
};

const configurationNamed = (wanted: string): Configuration => {
  const found = configurations.find(({ name }) => name === wanted);
  if (!found) throw new Error(`There is no configuration ${wanted}`);
  return found;
};

/**
 * The configurations that have, together, all that a service can have. The defaults with an address
 * for alarms come first: a service without one is not verified.
 */
export const widest = [
  'alarmEmail',
  'every switch',
  "every switch in a team's surroundings, unprotected",
].map(configurationNamed);

/** The rights of the role of CloudFormation: for the defaults, and those that settings add. */
const executionNeeds = () => {
  const needs = widest.map((one) =>
    stacksOf(one).flatMap(({ template }) => templateNeeds(template)),
  );
  const [defaults = []] = needs;
  return { defaults, added: without(needs.flat(), defaults) };
};

/** All policies, by the name of their file. */
export const deployerPolicies = (): Readonly<Record<string, Policy>> => {
  const { defaults, added } = executionNeeds();
  const named = (name: string, needs: readonly Need[]) => {
    const policies = policiesOf(statementsFor(needs));
    return policies.map((policy, at) => {
      const number = policies.length === 1 ? '' : `-${at + 1}`;
      return [`${name}${number}.json`, policy] as const;
    });
  };
  return Object.fromEntries([
    ...named('bootstrap', bootstrapNeeds),
    ...named('deploy', cdkNeeds),
    ...named('deploy-by-scripts', scriptNeeds),
    ...named('execution', defaults),
    ...named('execution-settings', added),
  ]);
};
