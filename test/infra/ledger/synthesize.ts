import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import type { Bundle } from '../../../infra/bundling/bundle.ts';
import type { LedgerBundles } from '../../../infra/ledger/entries.ts';
import { createLedgerApp } from '../../../infra/ledger/ledger-app.ts';
import { readConfig } from '../../../infra/two-regions/config.ts';
import type { Template } from '../support/template.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Code that is never run: a template knows only its hash. */
export const placeholderBundle = (folder: string, name: string): Bundle => {
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'index.mjs'), `export const handler = async () => '${name}';`);
  return {
    directory,
    hash: Buffer.from(name).toString('hex'),
    metafile: { inputs: {}, outputs: {} },
  };
};

const names = [
  'ledger-api',
  'project-totals',
  'audit-replica',
  'relay-outbox',
  'migrate',
  'peer-clusters',
] as const;

/** The ledger's app over placeholder code. */
export const ledgerApp = (
  environment: Readonly<Record<string, string>> = {},
  folder = temporaryFolder(),
): App => {
  const bundles = Object.fromEntries(
    names.map((name) => [name, placeholderBundle(join(folder, 'bundles'), name)]),
  ) as LedgerBundles;
  return createLedgerApp({
    config: readConfig(environment),
    bundles,
    outdir: join(folder, 'cdk.out'),
  });
};

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
