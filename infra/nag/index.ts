/**
 * The security checks of a deployment: rules for DSQL that no public pack has, and the packs of
 * cdk-nag beside them. `cdk-nag` is needed for this subpath alone.
 *
 * @packageDocumentation
 */

export type { Acknowledgement, SecurityFinding, SecurityReport } from './acknowledgement.ts';
export { AntipodeChecks } from './antipode-checks.ts';
export { frameworkAcknowledgements } from './framework-acknowledgements.ts';
export type { RuleFinding, SecurityRule } from './rules/rule.ts';
export { securityRules } from './rules/rules.ts';
export type { Template, TemplateResource } from './rules/template.ts';
export {
  addSecurityChecks,
  reportSecurity,
  type SecurityChecksOptions,
  securityPlugin,
} from './security-checks.ts';
