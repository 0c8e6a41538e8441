import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { archiveKey, type Code, writeArchives } from '../../../infra/cloudformation/archives.ts';
import { writeDeployment } from '../../../infra/cloudformation/deployment-folder.ts';
import { parameterizedTemplates } from '../../../infra/cloudformation/parameterized.ts';
import { settingParameters } from '../../../infra/cloudformation/parameters.ts';
import { namingParameters } from '../../../infra/cloudformation/plain-template.ts';
import { synthesizer } from '../../../infra/cloudformation/synthesized-stacks.ts';
import type { Json, JsonObject } from '../../../packages/cli/src/local/template/json.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';
import { placeholderBundles } from '../support/placeholder-app.ts';
import { specificationProblems } from '../support/specification.ts';
import { at, listOf, type Template } from '../support/template.ts';
import type { Settings } from './any-settings.ts';
import { intended as ofTemplates } from './cloudformation.ts';
import {
  compare,
  type Difference,
  differences,
  type IntendedDifference,
  unintended,
} from './compare.ts';
import { deployedStacks, partOf, sourceAssembly, systemOfSource } from './synthesized.ts';
import { normal, short, systemOf } from './system.ts';

/** Writes the folder that the app in Python deploys, over placeholder code. */
export const buildForPython = async (
  service: DeclaredService,
  environment: Settings,
  folder: string,
): Promise<void> => {
  const work = join(folder, 'work');
  mkdirSync(work, { recursive: true });
  const code: Record<string, Code> = {};
  const bundles = placeholderBundles(service, join(work, 'bundles'));
  const synthesize = synthesizer({ service, bundles }, { code, folder: work });
  const templates = await parameterizedTemplates(service, environment, synthesize);
  writeDeployment(service, environment, templates, folder);
  writeArchives(code, join(folder, 'lambda'), archiveKey);
};

/** The variables of the app in Python that stand for settings. */
export const pythonVariables = (settings: Settings): Settings =>
  Object.fromEntries(
    settingParameters.flatMap(({ setting }) => {
      const value = settings[setting];
      return value === undefined ? [] : [[`CDK_${setting}`, value]];
    }),
  );

/** The name of the function whose archive the assembly publishes under a key. */
const archiveNames = (assembly: CloudAssembly, folder: string): ((key: string) => string) => {
  const built = readdirSync(join(folder, 'lambda')).map(
    (file) => [file, readFileSync(join(folder, 'lambda', file))] as const,
  );
  return (key) => {
    const published = readFileSync(join(assembly.directory, `asset.${key}`));
    const [file] = built.find(([, content]) => content.equals(published)) ?? [];
    return file?.replace(/-[0-9a-f]{16}\.zip$/, '') ?? `${key}, which the build has not written`;
  };
};

/** The parts of an assembly that are no properties of resources. */
const surroundingsOf = (service: DeclaredService, assembly: CloudAssembly): JsonObject => {
  const stacks = stacksOf(service, assembly);
  const before = (stackName: string): readonly string[] =>
    (stacks.find((stack) => stack.stackName === stackName)?.dependencies ?? []).flatMap(({ id }) =>
      stacks.some((stack) => stack.id === id) ? [id, ...before(id)] : [],
    );
  const ofStack = (stack: (typeof stacks)[number]): JsonObject => {
    const template = stack.template as JsonObject;
    const orders = Object.entries(at(template, 'Resources') ?? {}).map(([id, resource]) => {
      const first = listOf(at(resource, 'DependsOn')).map((other) => short(String(other)));
      return [short(id), first.toSorted()] as const;
    });
    return {
      tags: stack.tags,
      order: [...new Set(before(stack.stackName))].toSorted(),
      protected: stack.terminationProtection ?? false,
      parameters: template['Parameters'] ?? {},
      conditions: template['Conditions'] ?? {},
      rules: template['Rules'] ?? {},
      resources: Object.fromEntries(orders.filter(([, first]) => first.length > 0)),
    };
  };
  return Object.fromEntries(
    stacks.map((stack) => [partOf(service, stack.stackName), normal(ofStack(stack))]),
  );
};

type Comparison = {
  readonly found: readonly Difference[];
  /** A line for each breach of AWS's specification. */
  readonly problems: readonly string[];
};

/** The stacks of the service in an assembly that may have others. */
const stacksOf = ({ name }: DeclaredService, { stacks }: CloudAssembly) =>
  stacks.filter(({ stackName }) => stackName.includes(`-${name}-`));

/**
 * Compares the assembly of the app in Python with that of the CDK app, and its templates with AWS's
 * specification.
 *
 * @param settings those of the build and of the deployment
 * @param folder the folder of the build; it receives the assembly of the CDK app too
 */
export const compareWithPython = (
  service: DeclaredService,
  settings: Settings,
  folder: string,
  outdir: string,
): Comparison => {
  const source = sourceAssembly(service, settings, join(folder, 'source'));
  const way = new CloudAssembly(outdir);
  const archiveOf = archiveNames(way, folder);
  const system = systemOf(
    deployedStacks(service, { stacks: stacksOf(service, way) }),
    ({ S3Key }) => archiveOf(String(S3Key)),
  );
  return {
    found: [
      ...compare(systemOfSource(service, source), system),
      ...differences('stack', surroundingsOf(service, source), surroundingsOf(service, way)),
    ],
    problems: way.stacks.flatMap(({ stackName, template }) =>
      specificationProblems(template as Template).map((problem) => `${stackName} ${problem}`),
    ),
  };
};

/** The differences of the app in Python from the CDK app. */
export const intended: readonly IntendedDifference[] = [
  ...ofTemplates.filter(({ where }) => !where.source.includes('PublishOutput')),
  {
    where: /^stack\..*\.AssertDescription$/,
    as: (source: Json | undefined) => namingParameters(String(source)),
    reason: 'a setting has the name of its parameter',
  },
];

/** The wrong parts of an assembly of `audit_app.py`, a line for each. */
export const ownStackProblems = (
  service: DeclaredService,
  folder: string,
  outdir: string,
): readonly string[] => {
  const { found, problems } = compareWithPython(service, {}, folder, outdir);
  // Exports for the stacks of a team are all that these change.
  const others = found.filter(({ where }) => !/^outputs \w+\/ExportsOutput/.test(where));
  const { stacks } = new CloudAssembly(outdir);
  const rules = ['primary', 'secondary'].flatMap((half) => {
    const template = stacks.find(({ stackName }) => stackName === `audit-${half}`)?.template;
    const resources = Object.values(at(template, 'Resources') ?? {}) as readonly Json[];
    const buses = resources
      .filter((resource) => at(resource, 'Type') === 'AWS::Events::Rule')
      .map((resource) => String(at(resource, 'Properties', 'EventBusName', 'Fn::ImportValue')));
    const [, exported] = /^antipode-ledger-(?:primary|secondary):(\w+)$/.exec(buses[0] ?? '') ?? [];
    const service = stacks.find(({ stackName }) => stackName === `antipode-ledger-${half}`);
    const output = at(service?.template, 'Outputs', exported ?? '', 'Value', 'Ref');
    return at(service?.template, 'Resources', String(output), 'Type') === 'AWS::Events::EventBus'
      ? []
      : [`audit-${half} has no rule on the bus of its Region`];
  });
  return [...unintended(others, intended, 'infra/python'), ...problems, ...rules];
};
