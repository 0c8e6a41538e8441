import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declaredParameters } from '../../../infra/cloudformation/declared-parameters.ts';
import { buildOptions, settingParameters } from '../../../infra/cloudformation/parameters.ts';
import { readConfig } from '../../../infra/two-regions/config.ts';
import { booking } from '../support/booking.ts';
import { changedSettings } from '../support/configurations.ts';
import { at } from '../support/template.ts';
import { plainTemplates } from './cloudformation.ts';

const page = readFileSync(
  join(import.meta.dirname, '../../../docs/deploy/cloudformation.md'),
  'utf8',
);

/** The cells of a table of the page, row by row. */
const rowsBelow = (heading: string): readonly (readonly string[])[] => {
  const [, table = ''] = page.split(`${heading}\n|---`);
  const [rows = ''] = table.split('\n\n');
  return rows
    .split('\n')
    .slice(1)
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
};

const templates = await plainTemplates(booking);

describe('the page about CloudFormation', () => {
  it('has a row for each parameter that stands for a setting, with its default', () => {
    const config = readConfig({});
    const declared = declaredParameters(booking, config);
    expect(rowsBelow('| parameter | variable of the build | default |')).toEqual(
      settingParameters.map(({ name, setting }) => {
        const value = String(declared[name]?.declaration['Default']);
        return [`\`${name}\``, `\`${setting}\``, value === '' ? 'none' : `\`${value}\``];
      }),
    );
  });

  it('has a row for each other parameter of a template', () => {
    const rows = rowsBelow('| parameter | value |').map(([name]) => name);
    const settings = settingParameters.map(({ name }) => name as string);
    const others = templates
      .flatMap(({ template }) => Object.keys(at(template, 'Parameters') ?? {}))
      .filter((name) => !settings.includes(name))
      .map((name) => `\`${name}\``);
    expect(rows.toSorted()).toEqual([...new Set(others)].toSorted());
  });

  it('has a row for each option of the build, with its reason', () => {
    const rows = rowsBelow('| variable | reason |');
    const keys = Object.keys(buildOptions) as readonly (keyof typeof buildOptions)[];
    expect(rows.map(([, reason]) => reason)).toEqual(Object.values(buildOptions));
    for (const [at, [variable = '']] of rows.entries()) {
      const key = keys[at];
      expect(Object.keys((key && changedSettings[key]) ?? {})).toContain(variable.slice(1, -1));
    }
  });

  it('has the outputs of each stack', () => {
    expect(rowsBelow('| stack | outputs |')).toEqual(
      templates.map(({ part, template }) => {
        const names = Object.keys(at(template, 'Outputs') ?? {});
        const own = names.filter((name) => !name.startsWith('ExportsOutput'));
        return [`\`${part}\``, own.map((name) => `\`${name}\``).join(', ')];
      }),
    );
  });
});
