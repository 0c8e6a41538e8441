import { defineService } from '../../../src/domain/kernel/index.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import type { Template } from './cloudformation/template.ts';

/** A stack of the app, with its template. */
export type AppStack = {
  readonly name: string;
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

const holdsData = ({ template }: AppStack): boolean =>
  Object.values(template.Resources).some(
    ({ Type }) => Type === 'AWS::DSQL::Cluster' || Type === 'Custom::AntipodePeering',
  );

/** The stacks with the data of a service, as they are synthesized. */
export const synthesizeData = (protect: boolean): App => {
  const environment = { PROTECT_DATA: protect ? 'on' : 'off' };
  const stacks = placeholderApp(small, { environment })
    .synth()
    .stacks.map(({ stackName, template, environment: { region } }) => ({
      name: stackName,
      region,
      template: template as Template,
    }))
    .filter(holdsData);
  return { stacks };
};
