import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type SettingParameter,
  settingParameters,
} from '../../../../infra/cloudformation/parameters.ts';
import { variableOf } from '../../../../infra/terraform/description/template-text.ts';
import { readConfig } from '../../../../infra/two-regions/config.ts';
import { at } from '../../support/template.ts';
import { parseTemplate } from '../hcl/language.ts';
import { moduleTables } from './module-docs.ts';
import { readTerraform, terraformFolder } from './terraform.ts';

const modules = await readTerraform();
const main = modules['.'];
const region = modules['modules/region'];
if (main === undefined || region === undefined) throw new Error('No module');

/** Inputs of the module that are no settings of the CDK app. */
const ownVariables = ['description', 'archives', 'deletion_protection'];

describe('the Terraform module', () => {
  it('has a variable for each setting that can be a parameter, with its default', () => {
    const config = readConfig({});
    const defaults = Object.entries(main.variable)
      .filter(([name]) => !ownVariables.includes(name))
      .map(([name, [block]]) => [name, block?.['default']]);
    const settings = (settingParameters as readonly SettingParameter[]).map(({ name, key }) => [
      variableOf(name),
      config[key],
    ]);
    expect(Object.fromEntries(defaults)).toEqual(Object.fromEntries(settings));
  });

  it('describes each variable and each output', () => {
    for (const blocks of [main, region]) {
      for (const [name, [block]] of Object.entries({ ...blocks.variable, ...blocks.output })) {
        expect(block?.['description'], name).toMatch(/^[A-Z]/);
      }
    }
  });

  it('refuses to go on after a migration that failed, until its input has had an answer', () => {
    const [{ lifecycle } = {}] = region.resource['aws_lambda_invocation']?.['migration'] ?? [];
    const condition = String(at(lifecycle, '0', 'postcondition', '0', 'condition'));
    const holds = (input: object, result: object) =>
      parseTemplate(condition)(() => ({
        input: JSON.stringify(input),
        result: JSON.stringify(result),
      }));
    const [before, now] = [{ Revision: 'one' }, { Revision: 'two' }];
    expect(holds(now, { Applied: 1, Request: now })).toBe(true);
    expect(holds(now, { Applied: 1, Request: before })).toBe(false);
  });

  it('says in its README which inputs and outputs it has', () => {
    const readme = readFileSync(join(terraformFolder, 'README.md'), 'utf8');
    expect(readme).toContain(moduleTables(main));
  });
});
