import { defineService } from '../../../src/domain/kernel/index.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { stackKey } from './cloudformation/stack.ts';
import type { Template } from './cloudformation/template.ts';

/** A stack of the app, with its template. */
export type AppStack = {
  readonly name: string;
  /** The name together with the Region. */
  readonly key: string;
  readonly region: string;
  readonly template: Template;
};

/** The stacks of an app in the order in which the CDK deploys them. */
export type App = { readonly stacks: readonly AppStack[] };

/** As few resources as a service can have: these runs are about its data. */
const small = defineService({
  name: 'small',
  source: 'shop.small',
  schema: 'small',
  migrations: [],
  events: {},
  consumers: {},
});

const hasType = ({ template }: AppStack, ...types: readonly string[]): boolean =>
  Object.values(template.Resources).some(({ Type }) => types.includes(Type));

const migrationType = 'Custom::AntipodeMigration';

/** Of a stack with the service, these runs keep the migration alone. */
const dataOf = (stack: AppStack): readonly AppStack[] => {
  if (hasType(stack, 'AWS::DSQL::Cluster', 'Custom::AntipodePeering')) return [stack];
  const migrations = Object.entries(stack.template.Resources)
    .filter(([, { Type }]) => Type === migrationType)
    .map(([id, { DependsOn: _, ...resource }]) => [id, resource] as const);
  if (migrations.length === 0) return [];
  return [{ ...stack, template: { Resources: Object.fromEntries(migrations) } }];
};

/** The app with a later revision of its code, which has more migrations. */
export const withRevision = ({ stacks }: App, revision: number): App => ({
  stacks: stacks.map(({ template, ...stack }) => ({
    ...stack,
    template: {
      ...template,
      Resources: Object.fromEntries(
        Object.entries(template.Resources).map(([id, resource]) => [
          id,
          resource.Type === migrationType
            ? { ...resource, Properties: { ...resource.Properties, Revision: String(revision) } }
            : resource,
        ]),
      ),
    },
  })),
});

/**
 * The stacks with the data of a service, as they are synthesized.
 *
 * @param settings of the deployment, besides the protection
 */
export const synthesizeData = (
  protect: boolean,
  settings: Readonly<Record<string, string>> = {},
): App => {
  const environment = { ...settings, PROTECT_DATA: protect ? 'on' : 'off' };
  const stacks = placeholderApp(small, { environment })
    .synth()
    .stacks.map(({ stackName, template, environment: { region } }) => ({
      name: stackName,
      key: stackKey(region, stackName),
      region,
      template: template as Template,
    }))
    .flatMap(dataOf);
  return { stacks };
};
