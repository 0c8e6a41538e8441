import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { LocalFunction } from '../../../../../packages/cli/src/local/lambda/index.ts';
import { applyChanges } from '../../../../../packages/cli/src/local/watch/code-updates.ts';
import { createSourceChanges } from '../../../../../packages/cli/src/local/watch/source-changes.ts';
import { functionOf } from '../lambda/support.ts';

const region = 'us-east-1';

/** The code of each function by its name, and what else the template says of all of them. */
type App = {
  readonly code: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly runtime?: string;
};

const answering = (text: string): string => `export const handler = async () => '${text}';`;

/** Writes an app of one stack, as the CDK does. */
const synthesize = (output: string, { code, timeout, runtime = 'nodejs24.x' }: App): void => {
  const write = (file: string, value: unknown): void =>
    writeFileSync(join(output, file), JSON.stringify(value));
  for (const [name, text] of Object.entries(code)) {
    mkdirSync(join(output, name), { recursive: true });
    writeFileSync(join(output, name, 'index.mjs'), text);
  }
  const resources = Object.keys(code).map((name) => [
    name,
    {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: name,
        Runtime: runtime,
        Handler: 'index.handler',
        Timeout: timeout,
        Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      },
    },
  ]);
  write('app.template.json', {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
      },
      ...Object.fromEntries(resources),
    },
  });
  const files = Object.keys(code).map((name) => [
    name,
    { source: { path: name }, destinations: { d: { objectKey: `${name}.zip` } } },
  ]);
  write('app.assets.json', { files: Object.fromEntries(files) });
  write('manifest.json', {
    artifacts: {
      assets: { type: 'cdk:asset-manifest', properties: { file: 'app.assets.json' } },
      app: {
        type: 'aws:cloudformation:stack',
        environment: `aws://unknown-account/${region}`,
        properties: { templateFile: 'app.template.json' },
        dependencies: ['assets'],
      },
    },
  });
};

/** An app whose two functions run, and whose sources change when the test says so. */
const runningApp = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-updates-'));
  const assembly = join(folder, 'cdk.out');
  const start: App = { code: { one: answering('one'), other: answering('other') }, timeout: 5 };
  synthesize(assembly, start);
  const run = (name: string): Promise<LocalFunction> =>
    functionOf('', { name, codeDir: join(assembly, name) });
  const functions = new Map([
    ['one', await run('one')],
    ['other', await run('other')],
  ]);
  const changes = createSourceChanges();
  const lines: string[] = [];
  const ended = new AbortController();
  let next: App | Error = start;
  const applied = applyChanges(
    {
      changes,
      assembly,
      ignoredTypes: [],
      regions: [{ region, functions }],
      synthesize: async (output) => {
        mkdirSync(output);
        if (next instanceof Error) throw next;
        synthesize(output, next);
      },
      print: (line) => lines.push(line),
    },
    ended.signal,
  );
  onTestFinished(async () => {
    ended.abort();
    await applied;
    rmSync(folder, { recursive: true });
  });
  const outcomes = () =>
    lines.filter((line) => /^(new code|no function|functions keep)/.test(line));
  return {
    start,
    lines,
    outputs: () => readdirSync(folder).toSorted(),
    pids: () => [...functions.values()].map((one) => one.environments()),
    invoke: async (name: string) => (await functions.get(name)?.invoke('{}'))?.payload,
    /** Has a source file change, with what the app then is, and waits for what becomes of it. */
    change: async (path: string, app: App | Error): Promise<void> => {
      const before = outcomes().length;
      next = app;
      changes.add(path);
      await expect.poll(() => outcomes().length, { timeout: 10_000 }).toBe(before + 1);
    },
  };
};

test('replaces the processes of the functions whose code differs, and of no other', async () => {
  const app = await runningApp();
  expect([await app.invoke('one'), await app.invoke('other')]).toEqual(['"one"', '"other"']);
  const [, [otherPid] = []] = app.pids();
  const changed = { ...app.start, code: { ...app.start.code, one: answering('two') } };
  await app.change('src/one.ts', changed);
  expect(app.lines).toEqual(['src/one.ts changed: synthesizing', 'new code: one']);
  expect([await app.invoke('one'), await app.invoke('other')]).toEqual(['"two"', '"other"']);
  expect(app.pids()[1]).toEqual([otherPid]);
});

test('changes nothing when the synthesis fails, and says why', async () => {
  const app = await runningApp();
  await app.change('src/one.ts', new Error('src/one.ts:1:2: Expected ";"\nbut found "}"'));
  expect(app.lines.slice(1)).toEqual([
    'src/one.ts:1:2: Expected ";"',
    'but found "}"',
    'functions keep their old code',
  ]);
  expect(await app.invoke('one')).toBe('"one"');
  expect(app.outputs()).toEqual(['cdk.out']);
});

test('changes nothing when the app is one that does not run here', async () => {
  const app = await runningApp();
  const code = { ...app.start.code, one: answering('two') };
  await app.change('app.ts', { ...app.start, code, runtime: 'python3.12' });
  expect(app.lines.at(1)).toMatch(/^app\/one: the runtime python3.12 does not run here/);
  expect(app.lines.at(-1)).toBe('functions keep their old code');
  expect(await app.invoke('one')).toBe('"one"');
});

test('names what else differs once, for as long as it differs in the same way', async () => {
  const app = await runningApp();
  const { code } = app.start;
  const named = () => app.lines.filter((line) => line.startsWith('restart'));
  await app.change('app.ts', { code, timeout: 6 });
  await app.change('src/one.ts', { code: { ...code, one: answering('two') }, timeout: 6 });
  expect(named()).toEqual(['restart to apply: app/one, app/other']);
  await app.change('app.ts', { code: { ...code, third: answering('third') }, timeout: 5 });
  expect(named().slice(1)).toEqual(['restart to apply: app/third']);
});

test('keeps the folders that functions run from, and no others', async () => {
  const app = await runningApp();
  const { code, timeout } = app.start;
  const outputs = (...names: readonly string[]) =>
    expect.poll(app.outputs, { timeout: 10_000 }).toEqual(['cdk.out', ...names]);
  await app.change('one.ts', { code: { ...code, one: answering('two') }, timeout });
  await outputs('cdk.out-1');
  await app.change('README.ts', { code: { ...code, one: answering('two') }, timeout });
  await outputs('cdk.out-1');
  await app.change('one.ts', { code: { ...code, one: answering('three') }, timeout });
  await outputs('cdk.out-3');
  expect(await app.invoke('one')).toBe('"three"');
});
