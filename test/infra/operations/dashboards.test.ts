import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { awsMetrics } from '../../../infra/operations/metrics.ts';
import { booking } from '../support/booking.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { at, listOf, ofType, type Template, textOf } from '../support/template.ts';

const templatesOf = (environment: Readonly<Record<string, string>> = {}) => {
  const assembly = placeholderApp(booking, { environment }).synth();
  return (name: string): Template =>
    assembly.getStackByName(`antipode-booking-${name}`).template as Template;
};

const of = templatesOf();

/** The dashboards of a stack: the name, and the widgets. */
const dashboardsOf = (template: Template) =>
  ofType(template, 'AWS::CloudWatch::Dashboard').map(([, { Properties }]) => ({
    name: textOf(Properties['DashboardName']),
    widgets: listOf(at(JSON.parse(textOf(Properties['DashboardBody'])), 'widgets')),
  }));

/** The lines of a widget, with each point replaced by what it stands for. */
const linesOf = (widget: unknown): readonly (readonly unknown[])[] => {
  const lines: unknown[][] = [];
  for (const line of listOf(at(widget, 'properties', 'metrics'))) {
    lines.push(listOf(line).map((value, at) => (value === '.' ? lines.at(-1)?.[at] : value)));
  }
  return lines;
};

describe('a dashboard', () => {
  it('is there for each Region, and one for both', () => {
    const names = ['primary', 'secondary', 'data-peering'].map((stack) =>
      dashboardsOf(of(stack)).map(({ name }) => name),
    );
    expect(names).toEqual([
      ['antipode-booking-us-east-1'],
      ['antipode-booking-us-west-2'],
      ['antipode-booking-both-regions'],
    ]);
  });

  it('has no tags, which cfn-lint refuses', () => {
    const dashboards = ['primary', 'data-peering'].flatMap((stack) =>
      ofType(of(stack), 'AWS::CloudWatch::Dashboard'),
    );
    expect(dashboards.map(([, { Properties }]) => Properties['Tags'])).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('shows metrics that something writes', () => {
    const root = join(import.meta.dirname, '../../..');
    const sources = globSync('src/{domain,adapters,handlers}/**/*.ts', { cwd: root })
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('\n');
    const known: Readonly<Record<string, readonly string[]>> = awsMetrics;
    const lines = ['primary', 'data-peering']
      .flatMap((stack) => dashboardsOf(of(stack)))
      .flatMap(({ widgets }) => widgets.flatMap(linesOf))
      .filter(([namespace]) => typeof namespace === 'string');
    expect(lines.length).toBeGreaterThan(40);
    for (const [namespace, name] of lines.map((line) => line.map(String))) {
      const written = known[namespace ?? '']?.includes(name ?? '') ?? sources.includes(`'${name}'`);
      expect([namespace, name, written]).toEqual([namespace, name, true]);
    }
  });

  it('of a Region shows its own function and its own cluster', () => {
    const [{ widgets } = { widgets: [] }] = dashboardsOf(of('primary'));
    const lines = widgets.flatMap(linesOf);
    expect(lines).toContainEqual([
      ...['AWS/Lambda', 'Invocations', 'FunctionName', 'antipode-booking-api'],
    ]);
    const clusters = new Set(
      lines.filter((line) => line[2] === 'ClusterId').map((line) => line[3]),
    );
    expect([...clusters]).toEqual([expect.stringContaining('Cluster.Identifier')]);
    expect(widgets.map((widget) => at(widget, 'properties', 'region'))).toEqual(
      widgets.map(() => 'us-east-1'),
    );
  });

  it('of both has the same lines for the other Region, and says so', () => {
    const [{ widgets } = { widgets: [] }] = dashboardsOf(of('data-peering'));
    for (const widget of widgets) {
      const lines = linesOf(widget);
      const there = lines.filter((line) => at(line.at(-1), 'region') === 'us-west-2');
      expect(there).toHaveLength(lines.length / 2);
      expect(at(there[0]?.at(-1), 'label')).toMatch(/^us-west-2 \$\{LABEL\}$/);
    }
  });

  it('covers no other one, and none is too wide', () => {
    const [{ widgets } = { widgets: [] }] = dashboardsOf(of('primary'));
    const places = widgets.map((widget) => `${at(widget, 'x')} ${at(widget, 'y')}`);
    expect(new Set(places).size).toBe(widgets.length);
    for (const widget of widgets) {
      expect(Number(at(widget, 'x')) + Number(at(widget, 'width'))).toBeLessThanOrEqual(24);
    }
  });

  it('is not there where that was asked for', () => {
    const without = templatesOf({ DASHBOARDS: 'off' });
    const stacks = ['primary', 'secondary', 'data-peering'];
    expect(stacks.flatMap((stack) => dashboardsOf(without(stack)))).toEqual([]);
  });
});

describe('the template of a service', () => {
  it('fits into a call of CloudFormation without a bucket, by default', () => {
    // CreateStack, API reference: TemplateBody.
    for (const stack of ['primary', 'secondary']) {
      expect(JSON.stringify(of(stack)).length).toBeLessThan(51_200);
    }
  });
});
