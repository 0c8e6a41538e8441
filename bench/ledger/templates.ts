/**
 * `node bench/ledger/templates.ts FOLDER` writes templates of the ledger and the examples into a
 * folder, for tools that read templates. Of all configurations it writes those that have a resource
 * whose type or properties no template before has, and of the templates for plain CloudFormation
 * all with the default settings.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ledger } from '../../src/adapters/ledger/service.ts';
import { configurations } from '../../test/infra/support/configurations.ts';
import { placeholderApp } from '../../test/infra/support/placeholder-app.ts';
import { exampleServices } from '../../test/infra/support/services.ts';
import type { Template } from '../../test/infra/support/template.ts';
import { plainTemplates } from '../../test/infra/ways/cloudformation.ts';

const [target] = process.argv.slice(2);
if (target === undefined) {
  process.stderr.write(
    'Give the folder for the templates: node bench/ledger/templates.ts FOLDER\n',
  );
  process.exit(1);
}
const out = resolve(target);
mkdirSync(out, { recursive: true });

/** A value with its property names and functions of CloudFormation, and without its constants. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    return [...new Set(value.map((item) => JSON.stringify(shapeOf(item))))].toSorted();
  }
  if (typeof value !== 'object' || value === null) return typeof value;
  const entries = Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
};

const seen = new Set<string>();

/** Whether a template has a resource that is unlike all resources before. */
const addsShape = (template: Template): boolean => {
  const shapes = Object.values(template.Resources).map(({ Type, Properties }) =>
    JSON.stringify([Type, shapeOf(Properties)]),
  );
  const before = seen.size;
  for (const shape of shapes) seen.add(shape);
  return seen.size > before;
};

const folder = mkdtempSync(join(tmpdir(), 'antipode-templates-'));
// The configurations with most resources come first, so that few templates show all shapes.
const richestFirst = [...configurations.entries()].toReversed();
let [count, written] = [0, 0];
try {
  for (const service of [ledger, ...Object.values(exampleServices)]) {
    for (const [at, { environment, surroundings }] of richestFirst) {
      const app = placeholderApp(service, {
        ...{ environment, folder: join(folder, `${service.name}-${at}`) },
        ...(surroundings && { surroundings }),
      });
      for (const { stackName, template } of app.synth().stacks) {
        count += 1;
        if (!addsShape(template as Template)) continue;
        written += 1;
        const text = JSON.stringify(template, undefined, 1);
        writeFileSync(join(out, `${stackName}-${at}.template.json`), text);
      }
    }
    const plain = await plainTemplates(service, {}, join(folder, `${service.name}-plain`));
    for (const { part, template } of plain) {
      const text = JSON.stringify(template, undefined, 1);
      writeFileSync(join(out, `${service.name}-plain-${part}.template.json`), text);
      written += 1;
      count += 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${written} of ${count} templates in ${out}`);
