import {
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  Stage,
  Validations,
} from 'aws-cdk-lib';
import { AwsSolutionsChecks, type NagPack, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import {
  type Acknowledgement,
  type SecurityFinding,
  type SecurityReport,
  sortFindings,
} from './acknowledgement.ts';
import { AntipodeChecks } from './antipode-checks.ts';
import { frameworkAcknowledgements } from './framework-acknowledgements.ts';

/** The packs of rules, and the reasons for findings that are accepted. */
export type SecurityChecksOptions = {
  /** The reasons for findings in resources of your own. One that covers nothing is a finding. */
  readonly acknowledgements?: readonly Acknowledgement[];
  /** AWS Solutions, Serverless, NIST 800-53 revision 5 and `AntipodeChecks` unless given. */
  readonly packs?: readonly NagPack[];
  /** Receives all findings and their reasons, for a record of them. */
  readonly onReport?: (report: SecurityReport) => void;
};

const allPacks = (): readonly NagPack[] => [
  new AwsSolutionsChecks(),
  new ServerlessChecks(),
  new NIST80053R5Checks(),
  new AntipodeChecks(),
];

/**
 * The findings of packs over a synthesized app, sorted by acknowledgements.
 *
 * @throws {TypeError} for an acknowledgement without a reason
 */
export const reportSecurity = (
  context: IPolicyValidationContext,
  acknowledgements: readonly Acknowledgement[],
  packs: readonly NagPack[] = allPacks(),
): SecurityReport => {
  const findings = packs.flatMap((pack) =>
    pack.validate(context).violations.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(
        ({ constructPath }): SecurityFinding => ({
          rule: ruleName,
          description,
          resource: constructPath ?? '',
        }),
      ),
    ),
  );
  const stacks = context.stackTemplates.map(({ stackConstructPath }) => stackConstructPath);
  return sortFindings(findings, acknowledgements, stacks);
};

/** A plugin of a synthesis that fails it for each finding without a reason. */
export const securityPlugin = ({
  acknowledgements = [],
  packs,
  onReport,
}: SecurityChecksOptions = {}): IPolicyValidationPlugin => ({
  name: 'antipode-security',
  validate: (context) => {
    const all = [...acknowledgements, ...frameworkAcknowledgements];
    const report = reportSecurity(context, all, packs);
    onReport?.(report);
    const unused = report.accepted
      .filter(({ findings }) => findings.length === 0)
      .filter(({ acknowledgement }) => acknowledgements.includes(acknowledgement));
    const violations = [
      ...report.open.map(({ rule, description, resource }) => ({
        ...{ ruleName: rule, description, severity: 'error' },
        violatingResources: [{ constructPath: resource, locations: [] }],
      })),
      ...unused.map(({ acknowledgement: { rule, resources } }) => ({
        ruleName: 'acknowledgement-of-nothing',
        description: `${rule} is accepted for ${resources}, where nothing is found: remove that`,
        severity: 'error',
        violatingResources: [],
      })),
    ];
    return { success: violations.length === 0, violations };
  },
});

/**
 * Checks the security of an app at each synthesis, which fails for a finding without a reason. The
 * findings of the framework's own resources have reasons: `frameworkAcknowledgements`.
 *
 * @param scope the app, or anything in it: the stage that it belongs to is checked
 * @example
 * await synthesizeTwoRegions(booking, {
 *   entries: new URL('../src/handlers', import.meta.url),
 *   extend: ({ primary }) => addSecurityChecks(primary),
 * });
 */
export const addSecurityChecks = (scope: IConstruct, options: SecurityChecksOptions = {}): void =>
  Validations.of(Stage.of(scope) ?? scope).addPlugins(securityPlugin(options));
