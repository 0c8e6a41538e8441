import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, test, vi } from 'vitest';
import {
  type OmittablePart,
  omittableParts,
  replacementsByPart,
  writtenFor,
} from '../../../infra/bundling/parts/bundle-parts.ts';
import type { Replacement } from '../../../infra/bundling/parts/replacement.ts';
import { kysely } from '../support/kysely-bundles.ts';
import {
  type Answers,
  answerOf,
  bundleFolder,
  bundleMsMax,
  entries,
  packages,
  untouched,
} from '../support/library-bundles.ts';

vi.setConfig({ testTimeout: bundleMsMax, hookTimeout: bundleMsMax });

const { folder, build, answer } = bundleFolder();

/** Words that stand only in a bundle that omits something. */
const omitted = /bundle omits/;

/**
 * Calls and constructs every export of a package, with and without arguments, and tells what a
 * bundle omitted.
 */
const everyExport = (name: string): string => `
  import * as all from '${name}';
  const said = new Set();
  const attempt = async (use) => { try { await use(); } catch (error) { said.add(String(error?.message)); } };
  const values = { ...all, ...all.default };
  export const handler = async () => {
    for (const value of Object.values(values).filter((one) => typeof one === 'function')) {
      await attempt(() => value({}));
      await attempt(() => new value({}));
      for (const member of Object.getOwnPropertyNames(value.prototype ?? {})) {
        await attempt(() => value.prototype[member]?.call(Object.create(value.prototype), {}));
      }
    }
    return { called: Object.keys(values).length, omitted: [...said].filter((one) => one.includes('bundle omits')) };
  };`;

const codesOf = (uses: Readonly<Record<string, readonly [code: string, ...rest: unknown[]]>>) =>
  Object.fromEntries(Object.entries(uses).map(([name, [code]]) => [name, code]));

const libraries = [
  'kysely',
  'kysely/migration',
  'kysely/helpers/postgres',
  'pg',
  'pg-pool',
  '@aws-sdk/dsql-signer',
];

describe('a bundle that omits nothing', () => {
  let whole: Answers;
  let exported: Answers;

  beforeAll(async () => {
    whole = await answer(codesOf(untouched), undefined);
    const codes = libraries.map((name) => [name, everyExport(name)]);
    exported = await answer(Object.fromEntries(codes), []);
  });

  it.each(Object.entries(untouched))('runs %s', (name, [, expected]) => {
    expect(whole.answers[name]).toEqual(expected);
  });

  it('has no word of an omission', () => {
    expect(whole.text).not.toMatch(omitted);
  });

  it.each(libraries)('reaches every export of %s', (name) => {
    const { called, omitted: missing } = exported.answers[name] as {
      readonly called: number;
      readonly omitted: readonly string[];
    };
    expect(called).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });

  it("runs Kysely's Migrator", async () => {
    const code = `${kysely} import { Migrator } from 'kysely/migration';
      export const handler = async () => {
        const provider = { getMigrations: async () => ({ one: { up: async () => {} } }) };
        const { error } = await new Migrator({ db, provider }).migrateToLatest();
        return String(error?.message ?? 'none');
      };`;
    expect(await answerOf(await build(code, undefined))).not.toMatch(omitted);
  });

  it('loads the chain of credential sources where the environment names a profile', async () => {
    const code = `import { DSQLClient } from '@aws-sdk/client-dsql';
      export const handler = () => new DSQLClient({ region: 'us-east-1' }).config.credentials();`;
    writeFileSync(
      join(folder, 'credentials'),
      '[other]\naws_access_key_id = FROMFILE\naws_secret_access_key = secret\n',
    );
    const bundled = await build(code, undefined);
    const files = {
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_PROFILE: 'other',
    };
    const keys = { AWS_ACCESS_KEY_ID: 'FROMENV', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(await answerOf(bundled, files)).toMatchObject({ accessKeyId: 'FROMFILE' });
    expect(await answerOf(bundled, keys)).toMatchObject({ accessKeyId: 'FROMENV' });
    expect(await answerOf(bundled, { ...keys, AWS_ACCOUNT_ID: '123' })).toMatchObject({
      accessKeyId: 'FROMENV',
      accountId: '123',
    });
  });

  it('loads the chain of credential sources for a client that names a profile', async () => {
    const code = `import { DSQLClient } from '@aws-sdk/client-dsql';
      const client = new DSQLClient({ region: 'us-east-1', profile: 'other' });
      export const handler = () => client.config.credentials();`;
    const file = join(folder, 'named-credentials');
    writeFileSync(file, '[other]\naws_access_key_id = FROMFILE\naws_secret_access_key = secret\n');
    const environment = {
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_ACCESS_KEY_ID: 'FROMENV',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    expect(await answerOf(await build(code, undefined), environment)).toMatchObject({
      accessKeyId: 'FROMFILE',
    });
  });

  it('leaves an entry every export of the chain of credential sources', async () => {
    const code = `
      // Not import { defaultProvider } from "@aws-sdk/credential-provider-node";
      import { credentialsWillNeedRefresh, defaultProvider } from '@aws-sdk/credential-provider-node';
      export const handler = async () => {
        const credentials = await defaultProvider()();
        return [credentials.accessKeyId, credentialsWillNeedRefresh(credentials)];
      };`;
    const keys = { AWS_ACCESS_KEY_ID: 'FROMENV', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(await answerOf(await build(code, undefined), keys)).toEqual(['FROMENV', false]);
  });

  it("gives an entry the whole manifest of an SDK's client", async () => {
    const code = `import manifest from '@aws-sdk/client-dsql/package.json' with { type: 'json' };
      import { DSQLClient } from '@aws-sdk/client-dsql';
      export const handler = () => [manifest.name, typeof DSQLClient];`;
    expect(await answerOf(await build(code, undefined))).toEqual([
      '@aws-sdk/client-dsql',
      'function',
    ]);
  });
});

const usesByPart = Object.entries(
  Object.groupBy(Object.entries(entries), ([, [, , part]]) => part),
);

describe('a bundle that omits a part', () => {
  let without: Readonly<Record<string, unknown>>;
  let smallest: Answers;

  beforeAll(async () => {
    const answers: Record<string, unknown> = {};
    for (const [part, uses] of usesByPart) {
      const omit = [part as OmittablePart];
      Object.assign(answers, (await answer(codesOf(Object.fromEntries(uses)), omit)).answers);
    }
    without = answers;
    smallest = await answer(codesOf(untouched), omittableParts);
  });

  it.each(Object.entries(entries))('names the part when it runs %s', (name, [, , part]) => {
    expect(without[name]).toEqual({ thrown: `bundle omits ${part}: change omit` });
  });

  it.each(Object.entries(untouched))('runs %s when it omits all', (name, [, expected]) => {
    expect(smallest.answers[name]).toEqual(expected);
  });

  it('holds nothing of what it omits', async () => {
    const code = `${kysely} import pg from 'pg'; export const handler = () => [db, pg.Client];`;
    const { metafile } = await build(code, omittableParts);
    const left = Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.keys(inputs))
      .filter((module) =>
        /native\/client|split2|alter-table-builder|operation-node-transformer/.test(module),
      );
    expect(left).toEqual([]);
  });

  it('finds the method of each node that Kysely binds', async () => {
    const file = join(packages, 'kysely/dist/operation-node/operation-node-visitor.js');
    const bound = [...readFileSync(file, 'utf8').matchAll(/(\w+)Node: this\.visit(\w+)\./g)];
    const code = `import { OperationNodeVisitor } from 'kysely';
      const visited = ${JSON.stringify(bound.map(([, kind]) => kind))};
      class Visitor extends OperationNodeVisitor {}
      for (const kind of visited) {
        Visitor.prototype['visit' + kind] = function (node) { return this.seen.push([kind, node.kind]); };
      }
      const visitor = Object.assign(new Visitor(), { seen: [] });
      export const handler = () => {
        for (const kind of visited) visitor.visitNode({ kind: kind + 'Node' });
        return [visitor.seen, visitor.parentNode ?? 'none'];
      };`;
    const expected = bound.map(([, kind, method]) => [method, `${kind}Node`]);
    expect(expected).toHaveLength(100);
    for (const omit of [[], omittableParts]) {
      expect(await answerOf(await build(code, omit))).toEqual([expected, 'none']);
    }
  });

  it('is refused for a part that nobody knows', async () => {
    const unknown = 'kysely/everything' as OmittablePart;
    await expect(build('export const handler = 1;', [unknown])).rejects.toThrow(
      /^Cannot omit 'kysely\/everything' from a bundle: the parts are kysely\/schema-builder, /,
    );
  });
});

const replaced = Object.entries(replacementsByPart).flatMap(([part, files]) =>
  files.map((one) => [part as OmittablePart, one.package, one.file] as const),
);

/**
 * A project with a package of which there is the manifest, the files of a part, and another that an
 * entry can import.
 */
const projectWith = (part: OmittablePart, name: string, file: string) => {
  const project = join(folder, `project-${Math.random().toString(36).slice(2)}`);
  const copy = join(project, 'node_modules', name);
  const ofPart: readonly Replacement[] = replacementsByPart[part];
  const files = ofPart.filter((one) => one.package === name).map((one) => one.file);
  for (const path of ['package.json', ...files]) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(packages, name, path), join(copy, path));
  }
  writeFileSync(join(copy, 'other.js'), 'export const other = 1;');
  const code = `import { other } from '${join(copy, 'other.js')}'; export const handler = () => other;`;
  return { path: join(copy, file), build: (omit: OmittablePart[]) => build(code, omit, project) };
};

test('the parts are written for the versions that are tested', () => {
  const named = [...new Set(replaced.map(([, name]) => name))];
  const installed = named.map((name) => {
    const manifest = readFileSync(join(packages, name, 'package.json'), 'utf8');
    return [name, (JSON.parse(manifest) as { readonly version: string }).version];
  });
  expect(writtenFor).toEqual(Object.fromEntries(installed));
});

describe('a library that has changed', () => {
  it.each(replaced)('fails a build that omits %s (%s, %s)', async (part, name, file) => {
    const project = projectWith(part, name, file);
    const manifest = readFileSync(join(packages, name, 'package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { readonly version: string };
    const failure = `Cannot omit '${part}' from the bundle: in ${name} ${version} the file ${file}`;
    await expect(project.build([part])).resolves.toBeDefined();

    appendFileSync(project.path, '\n// a later version\n');
    const advice = `Remove '${part}' from omit, or install ${name} ${version}, for which it was written.`;
    const changed = `${failure} has changed. ${advice}`;
    await expect(project.build([part])).rejects.toThrow(changed);

    rmSync(project.path);
    await expect(project.build([part])).rejects.toThrow(`${failure} has moved. ${advice}`);
    await expect(project.build([])).resolves.toBeDefined();
  });

  it('that the build does not contain is not looked at', async () => {
    await expect(build('export const handler = () => 1;', omittableParts)).resolves.toBeDefined();
  });
});
