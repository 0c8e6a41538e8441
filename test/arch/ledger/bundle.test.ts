import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundle } from '../../../infra/bundling/bundle.ts';
import { apiStartBytesMax, ledgerEntries, ledgerOmissions } from '../../../infra/ledger/entries.ts';
import { root, temporaryFolder } from '../tools.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

type Outputs = Bundle['metafile']['outputs'];

/** The chunks that are loaded with the entry, not those that it loads on demand. */
const loadedAtStart = (outputs: Outputs): readonly Outputs[string][] => {
  const found = new Set(Object.keys(outputs).filter((path) => basename(path) === 'index.mjs'));
  for (const path of found) {
    for (const imported of outputs[path]?.imports ?? []) {
      if (imported.kind === 'import-statement' && !imported.external) found.add(imported.path);
    }
  }
  return [...found].flatMap((path) => outputs[path] ?? []);
};

const inputsOf = (chunks: readonly Outputs[string][], name: RegExp): readonly string[] =>
  chunks.flatMap(({ inputs }) => Object.keys(inputs)).filter((input) => name.test(input));

const xray = /node_modules\/aws-xray/;
/** The API, and the parts of the adapter behind its seam. */
const openTelemetry =
  /node_modules\/@opentelemetry|adapters\/opentelemetry\/(?!index|tracer|registered-provider)/;
const credentialProviders =
  /node_modules\/@aws-sdk\/credential-provider|node_modules\/@smithy\/credential-provider-imds/;
const eventBridgeClient = /node_modules\/@aws-sdk\/client-eventbridge/;

describe('the bundle of ledger-api', () => {
  let outputs: Outputs = {};
  beforeAll(async () => {
    const entry = join(ledgerEntries, 'ledger-api.lambda.ts');
    const bundled = await bundle({
      entry,
      outdir: folder.path,
      name: 'ledger-api',
      omit: ledgerOmissions,
    });
    outputs = bundled.metafile.outputs;
  });

  test(`loads at most ${apiStartBytesMax} bytes at start`, () => {
    const bytes = loadedAtStart(outputs).reduce((sum, chunk) => sum + chunk.bytes, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(apiStartBytesMax);
  });

  test('does not load the X-Ray SDK at start', () => {
    expect(inputsOf(loadedAtStart(outputs), xray)).toEqual([]);
  });

  test('does not load OpenTelemetry at start, and has it on demand', () => {
    expect(inputsOf(loadedAtStart(outputs), openTelemetry)).toEqual([]);
    expect(inputsOf(Object.values(outputs), openTelemetry).length).toBeGreaterThan(0);
  });

  test("holds none of the SDK's credential providers", () => {
    expect(inputsOf(Object.values(outputs), credentialProviders)).toEqual([]);
  });

  test("holds nothing of the SDK's EventBridge client", () => {
    expect(inputsOf(Object.values(outputs), eventBridgeClient)).toEqual([]);
  });
});

test.each([
  ['aws-xray-sdk-core', xray],
  ['@aws-sdk/credential-provider-ini', credentialProviders],
  ['@aws-sdk/client-eventbridge', eventBridgeClient],
])('a bundle that imports %s is seen', async (name, pattern) => {
  const project = join(folder.path, basename(name));
  mkdirSync(project);
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  const entry = join(project, 'entry.ts');
  writeFileSync(entry, `import * as all from '${name}';\nexport const handler = () => all;\n`);
  const { metafile } = await bundle({
    entry,
    outdir: folder.path,
    name: `${basename(name)}-bundle`,
  });
  expect(inputsOf(loadedAtStart(metafile.outputs), pattern)).not.toEqual([]);
});
