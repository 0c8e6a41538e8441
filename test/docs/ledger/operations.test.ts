import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesizeLedger } from '../../infra/ledger/synthesize.ts';
import { at, find, textOf } from '../../infra/support/template.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The cells of the rows of the table that tells what a source says. */
const table = (source: string, page = 'docs/operations.md'): readonly (readonly string[])[] => {
  const [, text = ''] = read(page).split(`<!-- ${source} -->\n`);
  const [rows = ''] = text.split('\n\n');
  return rows
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
};

const code = (name: string): string => `\`${name}\``;
const names = (source: string) => table(source).map(([name = '']) => name);

const variables = (): Readonly<Record<string, string>> => {
  const template = synthesizeLedger().template('primary');
  // Together they are told everything that any function is.
  const functions = ['antipode-ledger-relay', 'antipode-ledger-project-totals'].map((name) =>
    find(template, 'AWS::Lambda::Function', 'FunctionName', name),
  );
  const found = Object.assign(
    {},
    ...functions.map(({ Properties }) => at(Properties, 'Environment', 'Variables')),
  ) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, textOf(value)]));
};

/** The settings that a source reads, each with its default. */
const settingsOf = (source: string): readonly (readonly string[])[] =>
  [...read(source).matchAll(/\('([A-Z_]+)', ([^)]+)\)[,;]/g)].map(([, name = '', value]) => {
    const switches: Readonly<Record<string, string>> = { true: 'on', false: 'off', '': 'none' };
    const text = String(value).replaceAll(/['_]/g, '');
    const shown = switches[text] ?? text;
    return [code(name), shown === 'none' ? shown : code(shown)];
  });

describe('the document on monitoring', () => {
  it('has every setting of the operation, with its default', () => {
    const source = 'infra/two-regions/operations-config.ts';
    const told = table(source, 'docs/monitoring.md').map(([name, , value]) => [name, value]);
    expect(told.length).toBeGreaterThan(5);
    expect(told.toSorted()).toEqual(settingsOf(source).toSorted());
  });
});

describe('the operations document', () => {
  it('has every setting of a deployment, with its default', () => {
    const settings = settingsOf('infra/two-regions/config.ts');
    expect(settings.length).toBeGreaterThan(10);
    const extra = [code('EXTRA_REGION_SET'), 'none'];
    const told = table('infra/two-regions/config.ts').map(([name, , value]) => [name, value]);
    expect(told.toSorted()).toEqual([...settings, extra].toSorted());
  });

  it('has every variable that the stack sets, with its value', () => {
    const set = variables();
    expect(names('src/handlers/runtime/config.ts').toSorted()).toEqual(
      Object.keys(set).map(code).toSorted(),
    );
    for (const [name = '', , , value = ''] of table('src/handlers/runtime/config.ts')) {
      if (value.startsWith('`'))
        expect([name, value]).toEqual([name, code(set[name.slice(1, -1)] ?? '')]);
    }
  });

  it('names every variable that the functions read', () => {
    const sources = [
      'src/handlers/runtime/config.ts',
      'src/handlers/runtime/service.ts',
      'src/adapters/dsql/connection/config.ts',
      'src/adapters/dsql/connection/config-variables.ts',
      'src/adapters/eventbridge/endpoint.ts',
    ];
    const found = sources.flatMap((source) =>
      [...read(source).matchAll(/'(_?[A-Z]+(?:_[A-Z]+)+)'/g)].map(([, name = '']) => name),
    );
    expect(found.length).toBeGreaterThan(10);
    const document = read('docs/operations.md');
    expect(found.filter((name) => !document.includes(code(name)))).toEqual([]);
  });

  it('has every metric', () => {
    const [, text = ''] = read('src/domain/kernel/observability/observability.ts').split(
      'type MetricName =',
    );
    const [union = ''] = text.split(';');
    const metrics = [...union.matchAll(/\| '(\w+)'/g)].map(([, name = '']) => code(name));
    expect(metrics.length).toBeGreaterThan(10);
    expect(names('src/domain/kernel/observability/observability.ts').toSorted()).toEqual(
      metrics.toSorted(),
    );
  });
});
