import { readFileSync } from 'node:fs';
import {
  type CfnResource,
  type IPolicyValidationContext,
  type PolicyValidationPluginReport,
  Stack,
} from 'aws-cdk-lib';
import { NagMessageLevel, NagPack, type NagPackProps } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import type { RuleFinding } from './rules/rule.ts';
import { securityRules } from './rules/rules.ts';
import type { Template } from './rules/template.ts';

/** The findings of each rule in one template, by the logical id of the resource. */
type Judged = ReadonlyMap<string, ReadonlyMap<string, readonly RuleFinding[]>>;

const judge = (template: Template): Judged =>
  new Map(
    securityRules.map(({ id, check }) => [
      id,
      Map.groupBy(check(template), ({ resource }) => resource),
    ]),
  );

/**
 * The rules of this framework as a pack of cdk-nag: `Antipode-AdminConnect[…]` and others. Findings
 * are acknowledged as those of every pack.
 *
 * It judges synthesized templates, so it works as a plugin of a synthesis. `securityRules` judge a
 * template without the CDK.
 *
 * @example
 * Validations.of(app).addPlugins(new AntipodeChecks(app));
 */
export class AntipodeChecks extends NagPack {
  readonly name = 'Antipode';
  override readonly ruleIds = securityRules.map(({ id }) => `Antipode-${id}`);
  #templates: ReadonlyMap<string, Judged> = new Map();

  constructor(scope?: IConstruct, props?: NagPackProps) {
    super(scope, props);
    this.packName = 'Antipode';
  }

  override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    this.#templates = new Map(
      context.stackTemplates.map(({ stackConstructPath, templatePath }) => [
        stackConstructPath,
        judge(JSON.parse(readFileSync(templatePath, 'utf8')) as Template),
      ]),
    );
    return super.validate(context);
  }

  protected override checkResource(node: CfnResource): void {
    const stack = Stack.of(node);
    const judged = this.#templates.get(stack.node.path);
    if (!judged) return;
    const logicalId = String(stack.resolve(node.logicalId));
    for (const { id, info, remedy } of securityRules) {
      const found = judged.get(id)?.get(logicalId) ?? [];
      if (found.length === 0) continue;
      this.applyRule({
        ...{ node, info, explanation: remedy, level: NagMessageLevel.ERROR },
        ruleSuffixOverride: id,
        // The CDK keeps the ids of acknowledged findings with hyphens for spaces.
        rule: () => [...new Set(found.map(({ detail }) => detail.replaceAll(' ', '-')))],
      });
    }
  }
}
