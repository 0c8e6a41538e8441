import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { absentProblems, absentSettings } from '../../../../infra/terraform/absent-settings.ts';
import { buildTerraform } from '../../../../infra/terraform/build.ts';
import { booking } from '../../support/booking.ts';
import { changedSettings } from '../../support/configurations.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const page = readFileSync(
  join(import.meta.dirname, '../../../../docs/deploy/terraform.md'),
  'utf8',
);

const keys = Object.keys(absentSettings) as readonly (keyof typeof absentSettings)[];

describe('a setting that Terraform does not have', () => {
  it.each(keys)('%s is refused in one line with its name and a step', (key) => {
    const { setting, instead } = absentSettings[key];
    const value = changedSettings[key][setting] ?? '';
    const line = `${setting}=${JSON.stringify(value)} is no option of Terraform: ${instead}`;
    expect(absentProblems({ [setting]: value })).toEqual([line]);
    expect(line).not.toContain('\n');
  });

  it('is refused before anything is written, with the others', async () => {
    const outdir = join(temporaryFolder(), 'terraform');
    const environment = { PROTECT_DATA: 'off', BUDGET_USD: '200', OWNER: 'team' };
    await expect(buildTerraform(booking, { outdir, environment })).rejects.toThrow(
      [
        'PROTECT_DATA="off" is no option of Terraform: use the variable `deletion_protection` of the module',
        'BUDGET_USD="200" is no option of Terraform: add an `aws_budgets_budget` to your root module',
      ].join('\n'),
    );
    expect(existsSync(outdir)).toBe(false);
  });

  it('may be given as the module is', () => {
    const off = { BACKUP_DAYS: '0', CUSTOMER_KEY: 'off', RESTORED_CLUSTERS: '' };
    expect(absentProblems({ ...off, PROTECT_DATA: 'on' })).toEqual([]);
  });

  it('has a row in the page about Terraform', () => {
    const [, table = ''] = page.split('| variable | instead |\n|---|---|\n');
    const [rows = ''] = table.split('\n\n');
    expect(rows.trimEnd().split('\n')).toEqual(
      Object.values(absentSettings).map(
        ({ setting, instead }) => `| \`${setting}\` | ${instead} |`,
      ),
    );
  });
});
