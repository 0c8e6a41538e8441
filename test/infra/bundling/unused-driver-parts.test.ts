import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it, vi } from 'vitest';
import { bundle } from '../../../infra/bundling/bundle.ts';
import { omissions } from '../../../infra/bundling/bundle-omissions.ts';
import { replacementsByPart } from '../../../infra/bundling/parts/bundle-parts.ts';
import type { Replacement } from '../../../infra/bundling/parts/replacement.ts';
import { driverParts } from '../../../infra/bundling/unused-driver-parts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Bundling is fast, but the machine may have more to do.
vi.setConfig({ testTimeout: 60_000 });

const root = join(import.meta.dirname, '../../..');
const folder = temporaryFolder();
const packages = join(folder, 'node_modules');
symlinkSync(join(root, 'node_modules'), packages, 'junction');

const dsql = `import { createConnections } from '${join(root, 'src/adapters/dsql/index.ts')}';
  export const connections = createConnections;`;

/** The text of a function's start, and the size of all that it loads then. */
const bundled = async (name: string, code: string, omitUnusedDriver = true, inside = folder) => {
  const entry = join(inside, `${name}.ts`);
  writeFileSync(entry, `${code}\nexport const handler = async () => 'done';`);
  const { directory } = await bundle({ entry, outdir: inside, name, omitUnusedDriver });
  return readFileSync(join(directory, 'index.mjs'), 'utf8');
};

/** The parts of the driver that a bundle omits, by the errors that it would throw. */
const omittedIn = (text: string): readonly string[] =>
  driverParts.filter((part) => text.includes(`bundle omits ${part}:`));

describe('the parts of pg that no connection of the framework reaches', () => {
  it('are not in a function that reaches DSQL by antipode/dsql alone', async () => {
    const [whole, small] = [await bundled('whole', dsql, false), await bundled('small', dsql)];
    expect(omittedIn(whole)).toEqual([]);
    expect(omittedIn(small)).toContain('pg/queries');
    expect(whole.length - small.length).toBeGreaterThan(15_000);
  });

  it.each([
    ['its own code', "import pg from 'pg';\nexport const own = pg.Client;"],
    ['a library', "import 'library';"],
  ])('stay where %s uses pg too', async (_, code) => {
    const project = temporaryFolder();
    const library = join(project, 'node_modules/library');
    mkdirSync(library, { recursive: true });
    writeFileSync(join(library, 'index.js'), "globalThis.pool = require('pg-pool');");
    for (const name of ['pg', 'pg-pool']) {
      symlinkSync(join(packages, name), join(project, 'node_modules', name), 'junction');
    }
    expect(omittedIn(await bundled('own', `${dsql}\n${code}`, true, project))).toEqual([]);
  });

  it('stay in a release of pg that the framework does not know, and the build does not fail', async () => {
    const project = temporaryFolder();
    const pool = join(project, 'node_modules/pg-pool');
    mkdirSync(pool, { recursive: true });
    writeFileSync(join(pool, 'package.json'), '{ "version": "99.0.0" }');
    writeFileSync(join(pool, 'index.js'), "exports.release = 'a later one';");
    const built = (onChange: 'keep' | 'fail') =>
      build({
        stdin: { contents: "export * from 'pg-pool';", resolveDir: project },
        bundle: true,
        format: 'esm',
        metafile: true,
        write: false,
        logLevel: 'silent',
        plugins: [omissions(['pg/pool'], onChange)],
      });
    expect((await built('keep')).outputFiles[0]?.text).toContain('a later one');
    await expect(built('fail')).rejects.toThrow('in pg-pool 99.0.0 the file index.js has changed');
  });

  it.each(['lib/query.js', 'lib/client.js', 'lib/native/index.js'])(
    'stay all in a release of pg that differs in one file: %s',
    async (file) => {
      const project = temporaryFolder();
      const modules = join(project, 'node_modules');
      mkdirSync(modules);
      for (const name of ['pg-connection-string', 'pg-protocol', 'pg-types', 'pgpass']) {
        symlinkSync(join(packages, name), join(modules, name), 'junction');
      }
      // Each requires the other, and a link would lead to the real one.
      for (const name of ['pg', 'pg-pool']) {
        cpSync(join(packages, name), join(modules, name), { recursive: true, dereference: true });
      }
      const ofPgAlone = driverParts.filter((part) =>
        replacementsByPart[part].every((one: Replacement) => one.package === 'pg'),
      );
      const omitted = async (): Promise<readonly string[]> => {
        const { outputFiles } = await build({
          stdin: { contents: "export * from 'pg';", resolveDir: project },
          bundle: true,
          platform: 'node',
          external: ['pg-native', 'pg-cloudflare'],
          write: false,
          logLevel: 'silent',
          plugins: [omissions(ofPgAlone, 'keep')],
        });
        return omittedIn(outputFiles[0]?.text ?? '');
      };
      expect(await omitted()).not.toEqual([]);
      appendFileSync(join(modules, 'pg', file), '// a later release');
      expect(await omitted()).toEqual([]);
    },
  );
});
