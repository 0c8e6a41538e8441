import type { App, IPolicyValidationContext } from 'aws-cdk-lib';
import { frameworkAcknowledgements } from '../../../infra/nag/framework-acknowledgements.ts';
import type { SecurityReport } from '../../../infra/nag/index.ts';
import { reportSecurity } from '../../../infra/nag/security-checks.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';
import type { Configuration } from './configurations.ts';
import { placeholderApp } from './placeholder-app.ts';

/** A synthesized app as the CDK shows it to its plugins. */
export const contextOf = (app: App): IPolicyValidationContext => ({
  appConstruct: app,
  templatePaths: [],
  stackTemplates: app.synth().stacksRecursively.map((stack) => ({
    stackConstructPath: stack.hierarchicalId,
    templatePath: stack.templateFullPath,
    accountId: undefined,
    region: stack.environment.region,
  })),
});

/** The findings of all packs in a service, sorted by the framework's own acknowledgements. */
export const securityOf = (
  service: DeclaredService,
  { environment, surroundings }: Omit<Configuration, 'name'>,
): SecurityReport => {
  const app = placeholderApp(service, { environment, ...(surroundings && { surroundings }) });
  return reportSecurity(contextOf(app), frameworkAcknowledgements);
};

/** Each open finding as a line. */
export const openLines = ({ open }: SecurityReport): readonly string[] =>
  open.map(({ rule, resource, description }) => `${rule} ${resource}: ${description}`).toSorted();
