import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { type Bundle, bundle, bundleAll } from '../../../infra/bundling/bundle.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const folder = temporaryFolder();

const entry = (name: string, code: string): string => {
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
};

const small = entry('small.ts', 'export const handler = async (): Promise<string> => "small";');

// Entries that lie outside the repository find its packages all the same.
symlinkSync(
  join(import.meta.dirname, '../../../node_modules'),
  join(folder, 'node_modules'),
  'junction',
);

/** The modules of which something ended in a bundle. */
const contents = ({ metafile }: Bundle): readonly string[] =>
  Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));

/** Bytes of the modules of a name in a bundle. */
const contentBytes = ({ metafile }: Bundle, name: RegExp): number =>
  Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([input]) => name.test(input))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);

/** The modules of which something is loaded before anything is loaded on demand. */
const loadedAtStart = ({ metafile: { outputs } }: Bundle): readonly string[] => {
  const found = new Set(Object.keys(outputs).filter((path) => path.endsWith('/index.mjs')));
  for (const path of found) {
    for (const imported of outputs[path]?.imports ?? []) {
      if (imported.kind === 'import-statement' && !imported.external) found.add(imported.path);
    }
  }
  return [...found].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
};

/** The files that a bundle starts with, before it loads anything on demand. */
const startsWith = (directory: string): string =>
  readFileSync(join(directory, 'index.mjs'), 'utf8');

describe('a bundle', () => {
  it('is an ES module that Node can load', async () => {
    const { directory } = await bundle({ name: 'small', entry: small, outdir: folder });
    const { handler } = (await import(pathToFileURL(join(directory, 'index.mjs')).href)) as {
      handler: () => Promise<string>;
    };
    expect(await handler()).toBe('small');
  });

  it('loads CommonJS dependencies that require modules of Node', async () => {
    entry('common.cjs', "exports.name = require('node:os').EOL;");
    const path = entry(
      'commonjs.ts',
      "import { name } from './common.cjs'; export const handler = () => name;",
    );
    const { directory } = await bundle({ name: 'commonjs', entry: path, outdir: folder });
    const { handler } = (await import(pathToFileURL(join(directory, 'index.mjs')).href)) as {
      handler: () => string;
    };
    expect(handler()).toBe('\n');
  });

  it('keeps what is imported on demand out of what is loaded first', async () => {
    entry('heavy.ts', "export const heavy = 'loaded on demand';");
    const path = entry(
      'lazy.ts',
      "export const handler = async () => (await import('./heavy.ts')).heavy;",
    );
    const { directory } = await bundle({ name: 'lazy', entry: path, outdir: folder });
    expect(startsWith(directory)).not.toContain('loaded on demand');
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it('has the same hash for the same code, wherever it is written', async () => {
    const first = await bundle({ name: 'same', entry: small, outdir: join(folder, 'first') });
    const second = await bundle({ name: 'same', entry: small, outdir: join(folder, 'second') });
    const other = entry('other.ts', 'export const handler = async () => "other";');
    const third = await bundle({ name: 'same', entry: other, outdir: join(folder, 'third') });
    expect(second.hash).toBe(first.hash);
    expect(third.hash).not.toBe(first.hash);
  });

  it('leaves nothing of an earlier one behind', async () => {
    const outdir = join(folder, 'again');
    entry('heavy.ts', "export const heavy = 'loaded on demand';");
    const path = entry(
      'lazy.ts',
      "export const handler = async () => (await import('./heavy.ts')).heavy;",
    );
    await bundle({ name: 'again', entry: path, outdir });
    const { directory } = await bundle({ name: 'again', entry: small, outdir });
    expect(readdirSync(directory)).toEqual(['index.mjs']);
  });

  it("takes credentials from Lambda's environment instead of the SDK's chain", async () => {
    const path = entry(
      'client.ts',
      `import { DSQLClient } from '@aws-sdk/client-dsql';
       export const handler = () => new DSQLClient({ region: 'us-east-1' }).config.credentials();`,
    );
    const bundled = await bundle({ name: 'client', entry: path, outdir: folder });
    const { directory } = bundled;
    expect(
      loadedAtStart(bundled).filter((input) =>
        /^[^:]*node_modules\/@aws-sdk\/credential-provider-/.test(input),
      ),
    ).toEqual([]);
    const { handler } = (await import(pathToFileURL(join(directory, 'index.mjs')).href)) as {
      handler: () => Promise<unknown>;
    };
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token');
    const credentials = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' };
    await expect(handler()).resolves.toMatchObject(credentials);
    vi.unstubAllEnvs();
  });

  it("takes the SDK's modules, of which what is not used can be left out", async () => {
    const path = entry(
      'modules.ts',
      `import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
       export const handler = () => new EventBridgeClient({ region: 'us-east-1' }).config;`,
    );
    const bundled = await bundle({ name: 'modules', entry: path, outdir: folder });
    const ofSdk = contents(bundled).filter((module) =>
      /node_modules\/@(aws-sdk|smithy)\//.test(module),
    );
    expect(ofSdk.length).toBeGreaterThan(50);
    expect(ofSdk.filter((module) => module.includes('/dist-cjs/'))).toEqual([]);
  });

  it("reads none of AWS's files where they are omitted, and leaves a client its defaults and its version", async () => {
    const path = entry(
      'defaults.ts',
      `import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
       export const handler = async () => {
         const { config } = new EventBridgeClient({ region: 'us-east-1' });
         const [[, version]] = await config.defaultUserAgentProvider();
         return { version, fips: await config.useFipsEndpoint(), tries: await config.maxAttempts() };
       };`,
    );
    const bundled = await bundle({
      name: 'defaults',
      entry: path,
      outdir: folder,
      omit: ['aws-sdk/config-files', 'aws-sdk/credential-chain'],
    });
    expect(
      contents(bundled).filter((module) =>
        /parseIni|shared-ini-file-loader\/readFile/.test(module),
      ),
    ).toEqual([]);
    const { handler } = (await import(
      pathToFileURL(join(bundled.directory, 'index.mjs')).href
    )) as { handler: () => Promise<unknown> };
    await expect(handler()).resolves.toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      fips: false,
      tries: 3,
    });
    const { version } = JSON.parse(
      readFileSync(
        join(import.meta.dirname, '../../../node_modules/@aws-sdk/client-eventbridge/package.json'),
        'utf8',
      ),
    ) as { version: string };
    await expect(handler()).resolves.toMatchObject({ version });
  });

  /**
   * A package of a client beside an entry that tells what the client has read, and the bundle of
   * both.
   */
  const bundleOfClient = async (name: string, client: string) => {
    const home = join(folder, name, 'node_modules/@aws-sdk/client-two');
    mkdirSync(join(home, 'dist-es'), { recursive: true });
    writeFileSync(
      join(home, 'package.json'),
      '{"name":"@aws-sdk/client-two","version":"2.0.0","module":"dist-es/index.js"}',
    );
    writeFileSync(join(home, 'package.json.js'), 'export const beside = " beside";');
    writeFileSync(join(home, 'dist-es/index.js'), client);
    const code = "export { told } from '@aws-sdk/client-two'; export const handler = () => {};";
    const path = entry(join(name, 'entry.ts'), code);
    const { directory } = await bundle({ name: `${name}-bundle`, entry: path, outdir: folder });
    const { told } = (await import(pathToFileURL(join(directory, 'index.mjs')).href)) as {
      readonly told: string;
    };
    return { told, text: startsWith(directory) };
  };

  it.each([
    [
      'as-one',
      'import packageInfo from "../package.json";',
      'packageInfo.version + packageInfo.name',
    ],
    ['by-name', 'import { name, version } from "../package.json";', 'version + name'],
  ])(
    'gives a client that reads more than its version the whole manifest: %s',
    async (name, statement, told) => {
      const client = `${statement} export const told = ${told};`;
      expect((await bundleOfClient(name, client)).told).toBe('2.0.0@aws-sdk/client-two');
    },
  );

  it('gives a client that reads its version alone nothing else of the manifest', async () => {
    const { told, text } = await bundleOfClient(
      'versioned',
      `import packageInfo from "../package.json";
       import { beside } from "../package.json.js";
       export const told = packageInfo.version + beside;`,
    );
    expect(told).toBe('2.0.0 beside');
    expect(text).not.toContain('client-two');
  });

  it.each([[[]], [['aws-sdk/credential-chain']]] as const)(
    "needs the package of the SDK's chain of credentials, also where it omits %j",
    async (omit) => {
      const code = `import { defaultProvider } from "@aws-sdk/credential-provider-node";
        export const handler = defaultProvider;`;
      // No folder above this one has packages.
      const path = join(temporaryFolder(), 'alone.mjs');
      writeFileSync(path, code);
      await expect(bundle({ name: 'alone', entry: path, outdir: folder, omit })).rejects.toThrow(
        'Could not resolve "@aws-sdk/credential-provider-node"',
      );
    },
  );

  it("loads of Node's modules what is used, and not what they could export", async () => {
    const path = entry(
      'http.ts',
      `import { METHODS } from 'node:http';
       import * as crypto from 'crypto';
       import fs, { existsSync } from 'node:fs';
       export const handler = () => ({
         works: METHODS.includes('GET') && crypto.randomUUID().length === 36 && fs.existsSync === existsSync,
         loaded: process.moduleLoadList.filter((name) => name.includes('undici')),
       });`,
    );
    const { directory } = await bundle({ name: 'http', entry: path, outdir: folder });
    const { href } = pathToFileURL(join(directory, 'index.mjs'));
    const code = `console.log(JSON.stringify((await import('${href}')).handler()))`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code]);
    expect(JSON.parse(stdout)).toEqual({ works: true, loaded: [] });
  });

  it('leaves out packages of Powertools of which nothing is used', async () => {
    entry(
      'barrel.ts',
      `import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
       export const config = () => new IdempotencyConfig({});
       export const handler = () => 'without';`,
    );
    const path = entry('unused.ts', "export { handler } from './barrel.ts';");
    const bundled = await bundle({ name: 'unused', entry: path, outdir: folder });
    expect(contents(bundled).filter((module) => module.includes('powertools'))).toEqual([]);
  });

  it('leaves out what modules make as they are loaded, where nobody uses it', async () => {
    const path = entry(
      'made.ts',
      `import '@aws/lambda-invoke-store';
       import { Md5Js } from '@smithy/core/checksum';
       import { toHex } from '@smithy/core/serde';
       export const handler = () => [toHex(new Uint8Array([1])), typeof Md5Js, typeof globalThis.awslambda];`,
    );
    const bundled = await bundle({ name: 'made', entry: path, outdir: folder });
    expect(contentBytes(bundled, /uuid|blob|Crc32|Sha256/)).toBe(0);
    expect(contentBytes(bundled, /lambda-invoke-store/)).toBeLessThan(300);
    const { href } = pathToFileURL(join(bundled.directory, 'index.mjs'));
    const { handler } = (await import(href)) as { handler: () => readonly string[] };
    expect(handler()).toEqual(['01', 'function', 'object']);
  });

  it('keeps what went into it beside it, for those who count bytes', async () => {
    const { budget } = await bundleAll({ budget: small }, folder);
    const kept: unknown = JSON.parse(readFileSync(join(folder, 'budget.meta.json'), 'utf8'));
    expect(kept).toEqual(budget.metafile);
  });

  it('names file and line of what it cannot compile, and nothing else', async () => {
    const path = entry('broken.ts', 'export const handler = ;');
    const broken = bundle({ name: 'broken', entry: path, outdir: folder });
    await expect(broken).rejects.toThrow('broken.ts:1:23');
    await expect(broken).rejects.toMatchObject({ errors: [{ text: 'Unexpected ";"' }] });
  });
});
