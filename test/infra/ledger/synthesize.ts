import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { ledger } from '../../../src/adapters/ledger/service.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import type { Template } from '../support/template.ts';

/** The ledger's app over placeholder code. */
export const ledgerApp = (environment: Readonly<Record<string, string>> = {}): App =>
  placeholderApp(ledger, { environment });

/** The templates of the ledger by stack name, and all files of the assembly that are no code. */
export const synthesizeLedger = (environment: Readonly<Record<string, string>> = {}) => {
  const assembly = ledgerApp(environment).synth();
  const templates = Object.fromEntries(
    assembly.stacks.map((stack) => [stack.stackName, stack.template as Template]),
  );
  const files = Object.fromEntries(
    [
      'manifest.json',
      ...assembly.stacks.flatMap(({ id }) => [`${id}.template.json`, `${id}.assets.json`]),
    ].map((name) => [name, readFileSync(join(assembly.directory, name), 'utf8')]),
  );
  const template = (name: string): Template => {
    const found = templates[`antipode-ledger-${name}`];
    if (!found) throw new Error(`No stack antipode-ledger-${name} in ${Object.keys(templates)}`);
    return found;
  };
  return { assembly, files, template, templates };
};
