import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

// A process is started for each project; the machine may have more to do.
vi.setConfig({ testTimeout: 60_000 });

const run = promisify(execFile);

const functions = ['api', 'relay', 'migrate', 'occupancy'] as const;

const sourceOf = (path: string): string =>
  JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

/** Bundles as an app does: in a process of Node, which leaves the text of a declaration alone. */
const app = `
  import { bundleService } from ${sourceOf('infra/two-regions/bundles.ts')};
  import { declaration } from './declaration.ts';
  const bundles = await bundleService(
    { name: 'box', consumers: { occupancy: { on: ['SeatsReserved'] } }, ...declaration },
    { entries: new URL('./handlers', import.meta.url), outdir: process.argv[2] },
  );
  const hashes = Object.entries(bundles).map(([name, { hash }]) => [name, hash]);
  console.log(JSON.stringify(Object.fromEntries(hashes)));
`;

/** The bundles of a project whose functions all import a declaration, which loads this. */
const bundlesOf = async (load: string, migrations: string, file = 'migrations.ts') => {
  const folder = temporaryFolder();
  const write = (file: string, code: string): void => writeFileSync(join(folder, file), code);
  mkdirSync(join(folder, 'handlers'));
  write('package.json', '{ "type": "module" }');
  write('app.ts', app);
  write(file, migrations);
  write('more.ts', "export const more = [{ id: 'more', ddl: 'CREATE TABLE more' }];");
  write('declaration.ts', `export const declaration = { migrations: ${load} };`);
  for (const name of functions) {
    write(
      `handlers/${name}.lambda.ts`,
      `import { declaration } from '../declaration.ts';
      export const handler = async () => declaration.migrations();`,
    );
  }
  const out = join(folder, 'out');
  const { stdout } = await run(process.execPath, [join(folder, 'app.ts'), out]);
  const hashes = JSON.parse(stdout) as Readonly<Record<string, string>>;
  const codeOf = (name: string): string =>
    readdirSync(join(out, name))
      .map((file) => readFileSync(join(out, name, file), 'utf8'))
      .join('\n');
  return { out, hashes, having: functions.filter((name) => codeOf(name).includes('TABLE shows')) };
};

const load = "async () => (await import('./migrations.ts')).migrations";
const shows = "export const migrations = [{ id: 'shows', ddl: 'CREATE TABLE shows' }];";

describe('the migrations that a declaration loads', () => {
  it('are in the bundle of the function that migrates, and in no other', async () => {
    const { out, having } = await bundlesOf(load, shows);
    expect(having).toEqual(['migrate']);
    const entry = pathToFileURL(join(out, 'api/index.mjs')).href;
    const { handler } = (await import(entry)) as { readonly handler: () => Promise<unknown> };
    await expect(handler()).rejects.toThrow(
      'This function has no migrations: only the one that migrates has them',
    );
  });

  it('change no other function when one is added', async () => {
    const before = await bundlesOf(load, shows);
    const more = shows.replace('];', ", { id: 'seats', ddl: 'CREATE TABLE seats' }];");
    const after = await bundlesOf(load, more);
    const changed = functions.filter((name) => before.hashes[name] !== after.hashes[name]);
    expect(changed).toEqual(['migrate']);
  });

  it('stay where the declaration loads more than the list of one module', async () => {
    const both = `async () => [
      ...(await import('./migrations.ts')).migrations,
      ...(await import('./more.ts')).more,
    ]`;
    expect((await bundlesOf(both, shows)).having).toEqual(functions);
  });

  it('stay where their module exports more than the list', async () => {
    const more = `${shows} export const seatsMax = 4;`;
    expect((await bundlesOf(load, more)).having).toEqual(functions);
  });

  it.each([
    ['JSON without an attribute', 'migrations.json', '[{ "id": "shows", "ddl": "TABLE shows" }]'],
    [
      'an enum of TypeScript',
      'migrations.ts',
      `enum Kind { One } ${shows} export default migrations;`,
    ],
  ])('stay where Node cannot load their module: %s', async (_, file, code) => {
    const loadDefault = `async () => (await import('./${file}')).default`;
    expect((await bundlesOf(loadDefault, code, file)).having).toEqual(functions);
  });
});
