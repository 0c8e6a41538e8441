import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  buildOptions,
  cdkOnly,
  type SettingParameter,
  settingParameters,
} from '../../../infra/cloudformation/parameters.ts';
import type { TwoRegionConfig } from '../../../infra/index.ts';
import { changedSettings } from '../support/configurations.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const settings = read('infra/python/antipode_cdk/settings.py');

/** The texts of a tuple of the module with the settings. */
const tuple = (name: string): readonly string[] => {
  const [, inner = ''] = new RegExp(`^${name} = \\(([^)]*)\\)`, 'm').exec(settings) ?? [];
  return [...inner.matchAll(/'(\w+)'/g)].map(([, text = '']) => text);
};

/** The type in Python of a setting. */
const typeOf = ({ kind }: SettingParameter): string => {
  if (kind === 'switch') return 'bool';
  return kind === 'text' ? 'str' : 'int';
};

/** The variable of a setting that is no parameter: the one that its changed value sets last. */
const variableOf = (key: keyof TwoRegionConfig): string =>
  key === 'budgetUsd' ? 'BUDGET_USD' : (Object.keys(changedSettings[key]).at(-1) ?? '');

describe('the settings in Python', () => {
  it('are the parameters of the templates, under the names of the CDK app', () => {
    const fields = settings.matchAll(/^ {4}(\w+): (\w+) \| None = _parameter\('(\w+)'\)$/gm);
    expect([...fields].map(([, name, type, parameter]) => [name, type, parameter])).toEqual(
      settingParameters.map((one) => [one.setting.toLowerCase(), typeOf(one), one.name]),
    );
  });

  it('refuse each option of the build, which would have no effect', () => {
    const keys = Object.keys(buildOptions) as readonly (keyof TwoRegionConfig)[];
    expect(tuple('BUILD_OPTIONS')).toEqual(
      ['EXTRA_REGION_SET', ...keys.map(variableOf)].toSorted(),
    );
  });

  it('refuse each setting that only the CDK app can follow', () => {
    const keys = Object.keys(cdkOnly) as readonly (keyof TwoRegionConfig)[];
    expect(tuple('TYPESCRIPT_ONLY')).toEqual(keys.map(variableOf));
  });
});

describe('the requirements of the app in Python', () => {
  const pinned = read('infra/python/requirements.txt')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('=='));
  const { devDependencies } = JSON.parse(read('package.json'));

  it('are pinned, all of them', () => {
    expect(pinned.map(([name]) => name)).toEqual(['aws-cdk-lib', 'constructs']);
    for (const [, version] of pinned) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('are those of the CDK app, or up to three releases behind it, which reach PyPI later', () => {
    for (const [name = '', version = ''] of pinned) {
      const [major, minor] = version.split('.').map(Number);
      const [sourceMajor, sourceMinor] = String(devDependencies[name]).split('.').map(Number);
      expect(major).toBe(sourceMajor);
      const behind = Number(sourceMinor) - Number(minor);
      expect(behind, `${name} ${version} in infra/python/requirements.txt`).toBeOneOf([0, 1, 2, 3]);
    }
  });
});

describe('the page about Python', () => {
  const page = read('docs/deploy/python.md');

  it('has the whole example that the proof synthesizes', () => {
    const [, shown] =
      /<!-- infra\/python\/audit_app\.py -->\n```python\n(.*?)```/s.exec(page) ?? [];
    expect(shown).toBe(read('infra/python/audit_app.py'));
  });

  it('has a row for each setting', () => {
    const rows = [...page.matchAll(/^\| `CDK_(\w+)` \| `(\w+)` \|/gm)];
    expect(rows.map(([, variable, field]) => [variable, field])).toEqual(
      settingParameters.map(({ setting }) => [setting, setting.toLowerCase()]),
    );
  });
});
