/**
 * `node bench/ledger/templates.ts FOLDER` writes the templates of the ledger and the examples in
 * every configuration into a folder, each different one once, for tools that read templates.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ledger } from '../../src/adapters/ledger/service.ts';
import { configurations } from '../../test/infra/support/configurations.ts';
import { placeholderApp } from '../../test/infra/support/placeholder-app.ts';
import { exampleServices } from '../../test/infra/support/services.ts';

const [target] = process.argv.slice(2);
if (target === undefined) {
  process.stderr.write(
    'Give the folder for the templates: node bench/ledger/templates.ts FOLDER\n',
  );
  process.exit(1);
}
const out = resolve(target);
mkdirSync(out, { recursive: true });

const folder = mkdtempSync(join(tmpdir(), 'antipode-templates-'));
const written = new Set<string>();
try {
  for (const service of [ledger, ...Object.values(exampleServices)]) {
    for (const [at, { environment, surroundings }] of configurations.entries()) {
      const app = placeholderApp(service, {
        ...{ environment, folder: join(folder, `${service.name}-${at}`) },
        ...(surroundings && { surroundings }),
      });
      for (const { stackName, template } of app.synth().stacks) {
        const text = JSON.stringify(template, undefined, 1);
        const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
        if (written.has(hash)) continue;
        written.add(hash);
        writeFileSync(join(out, `${stackName}-${hash}.template.json`), text);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${written.size} templates in ${out}`);
