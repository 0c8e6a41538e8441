import { App, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { sortFindings } from '../../../infra/nag/acknowledgement.ts';
import { AntipodeChecks } from '../../../infra/nag/antipode-checks.ts';
import type { SecurityReport } from '../../../infra/nag/index.ts';
import {
  addSecurityChecks,
  reportSecurity,
  securityPlugin,
} from '../../../infra/nag/security-checks.ts';
import { contextOf } from '../support/security.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** An app with a role that may do one thing to everything. */
const appWithRole = () => {
  const app = new App({ outdir: temporaryFolder(), analyticsReporting: false });
  const stack = new Stack(app, 'shop-stack', { env: { region: 'us-east-1' } });
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({ actions: ['dsql:ListClusters'], resources: ['*'] }));
  return { app, role };
};

const open = 'Antipode-WildcardGrant[dsql:ListClusters-on-*]';
const packs = () => [new AntipodeChecks()];
const reason = 'DSQL lists clusters of an account alone.';
const accepted = { rule: open, resources: 'Role/DefaultPolicy/Resource', reason };

describe('the checks of an app', () => {
  it('name the rule, the construct and the way out', () => {
    const { app } = appWithRole();
    const report = reportSecurity(contextOf(app), [], [new AntipodeChecks(app, { verbose: true })]);
    expect(report.open).toEqual([
      {
        rule: open,
        description: expect.stringContaining('Name each action and the ARN of each resource.'),
        resource: 'shop-stack/Role/DefaultPolicy/Resource',
      },
    ]);
  });

  it('run at the synthesis of the app that a construct belongs to', () => {
    const { app, role } = appWithRole();
    const reports: SecurityReport[] = [];
    addSecurityChecks(role, {
      ...{ packs: packs(), acknowledgements: [accepted] },
      onReport: (report) => reports.push(report),
    });
    app.synth();
    expect(reports.map(({ open: left }) => left)).toEqual([[]]);
  });

  it('take the reasons that the CDK itself keeps', () => {
    const { app, role } = appWithRole();
    Validations.of(role).acknowledge({ id: open, reason });
    expect(reportSecurity(contextOf(app), [], packs()).open).toEqual([]);
  });

  it('fail a synthesis for a finding without a reason', () => {
    const context = contextOf(appWithRole().app);
    const { success, violations } = securityPlugin({ packs: packs() }).validate(context);
    expect(success).toBe(false);
    expect(violations.map(({ ruleName }) => ruleName)).toEqual([open]);
  });

  it('pass with a reason for each finding, and report it', () => {
    const context = contextOf(appWithRole().app);
    const reports: unknown[] = [];
    const plugin = securityPlugin({
      ...{ packs: packs(), acknowledgements: [accepted] },
      onReport: (report) => reports.push(report.accepted[0]),
    });
    expect(plugin.validate(context)).toEqual({ success: true, violations: [] });
    const finding = expect.objectContaining({ rule: open });
    expect(reports).toEqual([{ acknowledgement: accepted, findings: [finding] }]);
  });

  it('fail for a reason that no finding needs', () => {
    const context = contextOf(appWithRole().app);
    const stale = { ...accepted, rule: 'Antipode-AdminConnect*' };
    const plugin = securityPlugin({ packs: packs(), acknowledgements: [accepted, stale] });
    expect(plugin.validate(context).violations).toEqual([
      expect.objectContaining({
        ruleName: 'acknowledgement-of-nothing',
        description: expect.stringContaining('Antipode-AdminConnect* is accepted for'),
      }),
    ]);
  });
});

describe('an acknowledgement', () => {
  const finding = { rule: 'Pack-Rule[a.b]', description: '', resource: 'stage/stack/Api/Resource' };
  const sorted = (rule: string, resources: string) =>
    sortFindings([finding], [{ rule, resources, reason }], ['stage', 'stage/stack']).open.length;

  it.each([
    ['Pack-Rule[a.b]', 'Api/Resource'],
    ['Pack-Rule*', '*/Resource'],
    ['*[a.b]', '*'],
  ])('%s on %s covers it', (rule, resources) => {
    expect(sorted(rule, resources)).toBe(0);
  });

  it.each([
    ['Pack-Rule', 'Api/Resource'],
    ['Pack-Rule[aXb]', 'Api/Resource'],
    ['Pack-Rule*', 'stack/Api/Resource'],
    ['Pack-Rule*', 'Api'],
  ])('%s on %s does not cover it', (rule, resources) => {
    expect(sorted(rule, resources)).toBe(1);
  });

  it.each(['', '  ', 'accepted', 'not needed here'])('is refused with the reason "%s"', (text) => {
    const bare = { rule: 'Pack-Rule*', resources: '*', reason: text };
    expect(() => sortFindings([finding], [bare], [])).toThrow(
      'Pack-Rule* is accepted without a reason: add a sentence',
    );
  });
});
