import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeDeployment } from '../../../infra/cloudformation/deployment-folder.ts';
import { verifyOptions } from '../../../packages/cli/src/commands/verify/options.ts';
import { ledger } from '../../../src/adapters/ledger/service.ts';
import { synthesizeLedger } from '../../infra/ledger/synthesize.ts';
import { temporaryFolder } from '../../infra/support/temporary-folder.ts';
import { plainTemplates } from '../../infra/ways/cloudformation.ts';
import { partOf } from '../../infra/ways/synthesized.ts';
import { childEnvironment } from '../../support/child-environment.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const readJson = <Content>(path: string): Content => JSON.parse(read(path)) as Content;

/** The words in backticks of a text. */
const spans = (text = ''): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);

/** The cells of a table by the first one, which names a way and may link to its page. */
const readTable = (table: string): Readonly<Record<string, readonly string[]>> => {
  const rows = table.trim().split('\n').slice(2);
  const cells = rows.map((row) => row.split('|').slice(1, -1));
  return Object.fromEntries(
    cells.map(([way = '', ...others]) => [/^\W*(.+?)(?:\]| $)/.exec(way)?.[1], others]),
  );
};

const [, section = ''] = read('README.md').split('\n## Deploying\n');
const tables = section.split('\n\n').filter((paragraph) => paragraph.startsWith('| way |'));
const [needs = {}, commands = {}, outputs = {}] = tables.map(readTable);

const { scripts } = readJson<{ scripts: Readonly<Record<string, string>> }>('package.json');
const { optionalDependencies } = readJson<{
  optionalDependencies: Readonly<Record<string, string>>;
}>('packages/cli/package.json');

type Stack = { readonly part: string; readonly template: { readonly Outputs?: object } };

const plain = (await plainTemplates(ledger)) as readonly Stack[];
const synthesized = synthesizeLedger().templates;
const synthesizedStacks = Object.entries(synthesized).map(
  ([name, template]): Stack => ({ part: partOf(ledger, name), template }),
);

/** The outputs of stacks, but those that tie the stacks together. */
const outputsOf = (stacks: readonly Stack[], parts: readonly string[]): readonly string[] => {
  const names = stacks
    .filter(({ part }) => parts.includes(part))
    .flatMap(({ template }) => Object.keys(template.Outputs ?? {}))
    .filter((name) => !/^(?:Exports|Publish)Output/.test(name));
  return [...new Set(names)].toSorted();
};

const stackOutputs = (stacks: readonly Stack[]) => [
  outputsOf(stacks, ['primary', 'secondary']),
  outputsOf(stacks, ['data-primary', 'data-secondary']),
];

const terraformExample = 'infra/terraform/examples/ledger';

/** The names of what a module of Terraform declares, such as its outputs. */
const declaredIn = (module: string, kind: 'output' | 'variable'): readonly string[] =>
  [...read(`${module}/${kind}s.tf`).matchAll(new RegExp(`^${kind} "(\\w+)"`, 'gm'))].map(
    ([, name = '']) => name,
  );

/** Programs that a system with Bash has, and that the scripts may call. */
const utilities = ['cat', 'dirname', 'grep', 'head', 'mktemp', 'rm', 'sleep', 'tr'];

/** An aws command that finds each stack deployed, and answers an output by its name. */
const aws = `#!/bin/bash
case "$*" in
*get-caller-identity*) echo 111122223333 ;;
*NextStep*) echo none ;;
*OutputKey==*) [[ $* =~ OutputKey==.([A-Za-z]+) ]]; echo "the-\${BASH_REMATCH[1]}" ;;
*StackStatus*) echo CREATE_COMPLETE ;;
esac
`;

let folder: string;

beforeAll(() => {
  folder = temporaryFolder();
  writeDeployment(ledger, {}, plain as Parameters<typeof writeDeployment>[2], folder);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'aws'), aws, { mode: 0o755 });
  for (const name of utilities) {
    const places = ['/usr/bin', '/bin'].map((place) => join(place, name));
    symlinkSync(places.find((place) => existsSync(place)) ?? name, join(bin, name));
  }
});

/** The output of a script where Bash, its utilities and an aws command are the only programs. */
const runScript = (script: string, ...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync('/bin/bash', [script, ...args], {
    ...{ cwd: folder, env: { PATH: join(folder, 'bin') }, encoding: 'utf8', input: '' },
  });
  expect(stderr).not.toContain('command not found');
  expect(status, stderr).toBe(0);
  return stdout + stderr;
};

const proveCdk = ([command = '', ...options]: readonly string[]): void => {
  const help = execFileSync('node', ['node_modules/aws-cdk/bin/cdk', command, '--help'], {
    ...{ cwd: root, env: childEnvironment(), encoding: 'utf8' },
  });
  expect(help).toContain(`cdk ${command} [`);
  for (const option of options) expect(help).toMatch(new RegExp(`^ +${option} `, 'm'));
};

const proveVerify = (args: readonly string[]): void => {
  expect(verifyOptions(args)).toBeDefined();
  expect(Object.keys(synthesized)).toContain(args[args.indexOf('--stack') + 1]);
};

const proveNpm = ([, script = '']: readonly string[]): void => {
  expect(scripts).toHaveProperty([script]);
  const [, file = ''] = scripts[script]?.split(' ') ?? [];
  expect(existsSync(join(root, file)), file).toBe(true);
};

const proveAws = (words: readonly string[]): void => {
  const calls = ['deploy.sh', 'destroy.sh'].map((script) => runScript(script, '--dry-run'));
  expect(calls.join('\n')).toMatch(new RegExp(`^aws ${words.join(' ')} `, 'm'));
};

const proveScript = (program: string, options: readonly string[]): void => {
  const [, outdir, script = ''] = /^(dist\/.+)\/([a-z]+\.sh)$/.exec(program) ?? [];
  expect(read('infra/ledger/cloudformation.ts')).toContain(`outdir: '${outdir}'`);
  const help = runScript(script, '--help');
  for (const option of options) expect(help).toMatch(new RegExp(`^ +${option} `, 'm'));
};

/** Proves a command of Terraform, whose folder is its first option. */
const proveTerraform = ([first = '', command = '', ...names]: readonly string[]): void => {
  if (command === '') {
    expect(first).toBe('init');
    return;
  }
  const [, module = ''] = /^-chdir=(infra\/\S+)$/.exec(first) ?? [];
  expect(read(`${module}/versions.tf`)).toContain('required_providers');
  expect(['apply', 'destroy', 'output']).toContain(command);
  const kind = command === 'output' ? 'output' : 'variable';
  const declared = declaredIn(module, kind);
  for (const name of names.filter((one) => one !== '-var')) {
    expect(declared).toContain(name.split('=')[0]);
  }
};

/** Proves a command by the program that it calls: a script, the options that a program lists. */
const prove = (command: string): void => {
  const [program = '', ...words] = command.split(' ');
  const [name = '', ...args] = words;
  if (program === 'infra/python') expect(existsSync(join(root, program, 'app.py'))).toBe(true);
  else if (program === 'pip') expect(read(args.at(-1) ?? '')).toContain('aws-cdk-lib==');
  else if (program === 'npm') proveNpm(words);
  else if (program === 'aws') proveAws(words);
  else if (program === 'terraform') proveTerraform(words);
  else if (program === 'npx' && name === 'cdk') proveCdk(args);
  else if (program === 'npx' && name === 'antipode') proveVerify(args.slice(1));
  else proveScript(program, words);
};

/** The words by which the first table names a program that a command calls. */
const nameOf: Readonly<Record<string, RegExp>> = {
  aws: /`aws`/,
  dist: /Bash .*`aws`/,
  terraform: /Terraform .*the AWS provider/,
  infra: /Python/,
};

type Way = {
  /** The outputs of each Region and of each cluster. */
  readonly outputs: () => readonly (readonly string[])[];
  /** Proves the last two cells of the first table. */
  readonly proveBefore: (before: string, programs: string) => void;
};

const bootstrapBucket = 'cdk-hnb659fds-assets';

const truths: Readonly<Record<string, Way>> = {
  'CDK in TypeScript': {
    outputs: () => stackOutputs(synthesizedStacks),
    proveBefore: (cell) => {
      expect(cell).toContain('`npx cdk bootstrap`');
      expect(JSON.stringify(synthesized)).toContain(bootstrapBucket);
    },
  },
  'CDK in Python': {
    // Its stacks include the templates of the build. A proof runs the app.
    outputs: () => stackOutputs(plain),
    proveBefore: (before, programs) => {
      expect(before).toContain('`npx cdk bootstrap`');
      expect(read('infra/python/cdk.json')).toContain('"python3 app.py"');
      const [, minor] =
        /target-version = "py3(\d+)"/.exec(read('infra/python/pyproject.toml')) ?? [];
      expect(programs).toContain(`Python 3.${minor} or newer`);
    },
  },
  CloudFormation: {
    outputs: () => stackOutputs(plain),
    proveBefore: (cell) => {
      expect(cell).toContain('`CodeBucket`');
      expect(JSON.stringify(plain)).toContain('{"Ref":"CodeBucket"}');
      expect(JSON.stringify(plain)).not.toContain(bootstrapBucket);
    },
  },
  'Bash scripts': {
    outputs: () => {
      const printed = runScript('deploy.sh', '--yes');
      return [[...new Set([...printed.matchAll(/the-(\w+)/g)].map(([, name = '']) => name))], []];
    },
    proveBefore: (cell) => {
      expect(cell).toContain('`deploy.sh` makes the buckets');
      expect(runScript('deploy.sh', '--dry-run')).toContain('aws s3api create-bucket ');
    },
  },
  Terraform: {
    outputs: () => {
      const names = declaredIn(terraformExample, 'output').toSorted();
      const isOfCluster = (name: string) => name.startsWith('cluster_');
      return [names.filter((name) => !isOfCluster(name)), names.filter(isOfCluster)];
    },
    proveBefore: (_, programs) => {
      const versions = read(`${terraformExample}/versions.tf`);
      const [, terraform] = /required_version = ">= ([\d.]+)"/.exec(versions) ?? [];
      const [, lowest, next] = /version = ">= ([\d.]+), < (\d+)"/.exec(versions) ?? [];
      expect(programs).toContain(`Terraform ${terraform} or newer, or OpenTofu, and`);
      expect(programs).toContain(`the AWS provider from ${lowest} to below ${next}`);
      expect(declaredIn(terraformExample, 'variable')).toContain('deletion_protection');
    },
  },
};

describe('the tables of the README on deployments', () => {
  it('have the same ways, each of which has a page that the choice of ways links to', () => {
    for (const table of [needs, commands, outputs]) {
      expect(Object.keys(table)).toEqual(Object.keys(truths));
    }
    const links = [...(tables[0] ?? '').matchAll(/\]\(docs\/deploy\/([^)]+)\)/g)];
    expect(links.length).toBe(Object.keys(truths).length);
    const choice = read('docs/deploy/README.md');
    for (const [, page = ''] of links) expect(choice).toContain(`](${page})`);
  });

  const cells = [needs, commands, outputs].flatMap((table) => Object.values(table).flat());
  const called = cells.flatMap(spans).filter((span) => /^[a-z].*[ /]/.test(span));

  it.each([...new Set(called)])('show a command that exists: %s', (command) => {
    prove(command);
  });

  it('name the Node that npm installs', () => {
    const [version = ''] = Object.values(optionalDependencies);
    expect(section).toContain(`build Node ${version.split('.')[0]} and \`npm ci\``);
  });

  it.each(Object.keys(truths))('name the programs that are needed for it: %s', (way) => {
    const own = (commands[way] ?? []).flatMap(spans).map((command) => command.split(/[ /]/)[0]);
    const programs = own.filter((name) => name !== 'npx' && name !== 'npm');
    for (const program of programs) expect(needs[way]?.[1]).toMatch(nameOf[program ?? ''] ?? / ^/);
  });

  it.each(Object.entries(truths))(
    'say how a deployment is made ready: %s',
    (way, { proveBefore }) => {
      proveBefore(needs[way]?.[2] ?? '', needs[way]?.[1] ?? '');
    },
  );

  it.each(Object.entries(truths))('have the outputs: %s', (way, truth) => {
    expect(outputs[way]?.slice(0, 2).map(spans)).toEqual(truth.outputs());
  });
});
