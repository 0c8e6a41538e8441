import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

// A process bundles all projects; the machine may have more to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const run = promisify(execFile);

const functions = ['api', 'relay', 'migrate', 'occupancy'] as const;

const sourceOf = (path: string): string =>
  JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

/** Bundles as apps do: in a process of Node, which leaves the text of a declaration alone. */
const app = `
  import { bundleService } from ${sourceOf('infra/two-regions/bundles.ts')};
  const all = [];
  for (const project of process.argv.slice(2)) {
    const { declaration } = await import(project + '/declaration.ts');
    const bundles = await bundleService(
      { name: 'box', consumers: { occupancy: { on: ['SeatsReserved'] } }, ...declaration },
      { entries: project + '/handlers', outdir: project + '/out' },
    );
    const hashes = Object.entries(bundles).map(([name, { hash }]) => [name, hash]);
    all.push(Object.fromEntries(hashes));
  }
  console.log(JSON.stringify(all));
`;

/** How a declaration loads the module of its migrations, and the text of that module. */
type Project = readonly [load: string, migrations: string, file?: string];

/** A project whose functions all import a declaration. */
const writeProject = (
  folder: string,
  [load, migrations, file = 'migrations.ts']: Project,
): void => {
  const write = (file: string, code: string): void => writeFileSync(join(folder, file), code);
  mkdirSync(join(folder, 'handlers'), { recursive: true });
  write('package.json', '{ "type": "module" }');
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
};

type Bundled = {
  readonly out: string;
  readonly hashes: Readonly<Record<string, string>>;
  /** Functions whose bundle has the migrations. */
  readonly having: readonly string[];
};

const bundledIn = (out: string, hashes: Bundled['hashes']): Bundled => {
  const codeOf = (name: string): string =>
    readdirSync(join(out, name))
      .map((file) => readFileSync(join(out, name, file), 'utf8'))
      .join('\n');
  return { out, hashes, having: functions.filter((name) => codeOf(name).includes('TABLE shows')) };
};

/** The bundles of each project; one process makes all, since a start takes most of the time. */
const bundle = async <Name extends string>(
  projects: Readonly<Record<Name, Project>>,
): Promise<Readonly<Record<Name, Bundled>>> => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'app.ts'), app);
  const named = Object.entries<Project>(projects).map(([name, project], at) => {
    const path = join(folder, `project-${at}`);
    writeProject(path, project);
    return [name, path] as const;
  });
  const paths = named.map(([, path]) => path);
  const { stdout } = await run(process.execPath, [join(folder, 'app.ts'), ...paths]);
  const hashes = JSON.parse(stdout) as readonly Bundled['hashes'][];
  const bundled = named.map(([name, path], at) => [
    name,
    bundledIn(join(path, 'out'), hashes[at] ?? {}),
  ]);
  return Object.fromEntries(bundled) as Record<Name, Bundled>;
};

const load = "async () => (await import('./migrations.ts')).migrations";
const shows = "export const migrations = [{ id: 'shows', ddl: 'CREATE TABLE shows' }];";
const loadDefault = (file: string) => `async () => (await import('./${file}')).default`;

const projects = {
  one: [load, shows],
  two: [load, shows.replace('];', ", { id: 'seats', ddl: 'CREATE TABLE seats' }];")],
  'the declaration loads more than the list of one module': [
    `async () => [
      ...(await import('./migrations.ts')).migrations,
      ...(await import('./more.ts')).more,
    ]`,
    shows,
  ],
  'their module exports more than the list': [load, `${shows} export const seatsMax = 4;`],
  'Node cannot load their module: JSON without an attribute': [
    loadDefault('migrations.json'),
    '[{ "id": "shows", "ddl": "TABLE shows" }]',
    'migrations.json',
  ],
  'Node cannot load their module: an enum of TypeScript': [
    loadDefault('migrations.ts'),
    `enum Kind { One } ${shows} export default migrations;`,
  ],
} satisfies Readonly<Record<string, Project>>;

describe('the migrations that a declaration loads', () => {
  let bundles: Awaited<ReturnType<typeof bundle<keyof typeof projects>>>;

  beforeAll(async () => {
    bundles = await bundle(projects);
  });

  it('are in the bundle of the function that migrates, and in no other', async () => {
    const { out, having } = bundles.one;
    expect(having).toEqual(['migrate']);
    const entry = pathToFileURL(join(out, 'api/index.mjs')).href;
    const { handler } = (await import(entry)) as { readonly handler: () => Promise<unknown> };
    await expect(handler()).rejects.toThrow(
      'This function has no migrations: only the one that migrates has them',
    );
  });

  it('change no other function when one is added', () => {
    const { one, two } = bundles;
    const changed = functions.filter((name) => one.hashes[name] !== two.hashes[name]);
    expect(changed).toEqual(['migrate']);
  });

  const { one, two, ...others } = projects;
  it.each(Object.keys(others) as (keyof typeof others)[])('stay where %s', (name) => {
    expect(bundles[name].having).toEqual(functions);
  });
});
