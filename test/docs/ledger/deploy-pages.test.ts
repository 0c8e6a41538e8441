import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingParameters } from '../../../infra/cloudformation/parameters.ts';
import { verifyOptions } from '../../../packages/cli/src/commands/verify/options.ts';
import { localHelp } from '../../../packages/cli/src/options.ts';
import { type ModuleBlocks, readModule } from '../../infra/ways/hcl/module.ts';
import { childEnvironment } from '../../support/child-environment.ts';
import { shellLines } from '../../support/page-commands.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const shell = (...command: readonly string[]): string => {
  const [program = '', ...args] = command;
  const options = { cwd: root, env: childEnvironment(), encoding: 'utf8' } as const;
  return execFileSync(program, args, options);
};

const hasTerraform = spawnSync('terraform', ['-version']).status === 0;

/** The options of Terraform's commands that the pages give. */
const terraformOptions: Readonly<Record<string, readonly string[]>> = {
  ...{ init: [], validate: [], test: [], output: [], import: [], state: [] },
  ...{ plan: ['-var'], apply: ['-var', '-replace'], destroy: ['-var'] },
};

const modules = {
  example: await readModule(join(root, 'infra/terraform/examples/ledger')),
  whole: await readModule(join(root, 'infra/terraform')),
  region: await readModule(join(root, 'infra/terraform/modules/region')),
};

/** Whether an address names a resource, in the example of the ledger. */
const expectResource = (address: string): void => {
  const [, call = '', inner, type = '', name = ''] =
    /^module\.(\w+)\.(?:module\.(\w+)\.)?(\w+)\.(\w+)$/.exec(address) ?? [];
  expect(modules.example.module, address).toHaveProperty(call);
  if (inner !== undefined) expect(modules.whole.module, address).toHaveProperty(inner);
  const { resource }: ModuleBlocks = inner === undefined ? modules.whole : modules.region;
  expect(resource, address).toHaveProperty([type, name]);
};

const proveTerraform = (folder: string, [command = '', ...words]: readonly string[]): void => {
  expect(existsSync(join(root, folder, 'versions.tf')), folder).toBe(true);
  expect(Object.keys(terraformOptions)).toContain(command);
  for (const [at, word] of words.entries()) {
    const [option = '', value = ''] = word.split('=');
    if (word.startsWith('-')) expect(terraformOptions[command]).toContain(option);
    if (option === '-replace') expectResource(value);
    if (words[at - 1] === '-var') expect(modules.example.variable).toHaveProperty(option);
    else if (command === 'output') expect(modules.example.output).toHaveProperty(word);
    else if (command === 'import' && word !== 'IDENTIFIER') expectResource(word);
  }
};

const proveCdk = ([command = '', ...options]: readonly string[]): void => {
  const help = shell('node', 'node_modules/aws-cdk/bin/cdk', command, '--help');
  for (const option of options.filter((one) => one.startsWith('-'))) {
    expect(help, option).toMatch(new RegExp(`^ +(?:-\\w, )?${option}[ ,]`, 'm'));
  }
};

const proveScript = (program: string, words: readonly string[]): void => {
  const [, folder, script = ''] = /^(dist\/.+)\/([a-z]+\.sh)$/.exec(program) ?? [];
  expect(read('infra/ledger/cloudformation.ts')).toContain(`outdir: '${folder}'`);
  const help = shell('bash', join('infra/scripts', script), '--help');
  for (const [at, word] of words.entries()) {
    if (words[at - 1] === '--parameter') {
      expect(settingParameters.map(({ name }) => name)).toContain(word.split('=')[0]);
    } else expect(help).toMatch(new RegExp(`^ +${word} `, 'm'));
  }
};

const proveNpm = ([command, script = '', ...options]: readonly string[]): void => {
  if (command === 'start') {
    expect(scripts['start']).toContain('antipode.js local');
    for (const option of options) expect(localHelp).toContain(option);
    return;
  }
  const [program, file = ''] = scripts[script]?.split(' ') ?? [];
  expect(program, script).toBe('node');
  expect(existsSync(join(root, file)), file).toBe(true);
};

const proveNpx = ([first, ...others]: readonly string[]): void => {
  if (first === 'cdk') proveCdk(others);
  else {
    expect(first).toBe('antipode');
    expect(verifyOptions(others.slice(1))).toBeDefined();
  }
};

const expectFile = (folder: string, path = ''): void =>
  expect(existsSync(join(root, folder, path)), path).toBe(true);

type Prove = (folder: string, words: readonly string[]) => void;

const provers: Readonly<Record<string, Prove>> = {
  terraform: proveTerraform,
  npm: (_, words) => proveNpm(words),
  npx: (_, words) => proveNpx(words),
  node: (folder, [file]) => expectFile(folder, file),
  cd: (folder, [path]) => expectFile(folder, path),
  cp: (folder, [file]) => expectFile(folder, file),
  pip: (folder, words) => expectFile(folder, words.at(-1)),
  python3: (_, words) => expect(words).toEqual(['-m', 'venv', '.venv']),
  source: (_, words) => expect(words).toEqual(['.venv/bin/activate']),
  export: (_, words) => {
    for (const word of words) expect(word).toMatch(/^(?:AWS|CDK|TF)_[A-Z_]+=/);
  },
};

/** Proves that a command can be run in a folder: each option, file and name of it is there. */
const prove = (folder: string, [program = '', ...words]: readonly string[]): void => {
  const known = provers[program];
  if (known) known(folder, words);
  else proveScript(program, words);
};

type Command = { readonly folder: string; readonly words: readonly string[] };

/** The commands of a page, each with the folder that it is run in. */
const commandsOf = (page: string, start: string): readonly Command[] => {
  let folder = '.';
  return shellLines(read(`docs/deploy/${page}`)).map((line) => {
    const [, inside] = /^\(cd \.\.\/\.\. && (.+)\)$/.exec(line) ?? [];
    const words = (inside ?? line).replace(/^(?:[A-Z_]+=\S+ )+/, '').split(' ');
    // Builds belong to the repository.
    if (['npm', 'node'].includes(words[0] ?? '')) folder = '.';
    const command = { folder, words };
    if (words[0] === 'cd') folder = join(folder, words[1] ?? '');
    if (inside !== undefined) folder = start;
    return command;
  });
};

describe.each([
  ['terraform.md', 'infra/terraform/examples/ledger', 15],
  ['cloudformation.md', '.', 6],
  ['python.md', 'infra/python', 8],
])('the commands of %s', (page, start, least) => {
  const commands = commandsOf(page, start);

  it('are found', () => {
    expect(commands.length).toBeGreaterThanOrEqual(least);
  });

  it.each(commands.map(({ folder, words }) => [words.join(' '), folder] as const))(
    'can be run: %s, in %s',
    (line, folder) => prove(folder, line.split(' ')),
  );

  it('in its sentences are scripts of npm that exist', () => {
    const named = [...read(`docs/deploy/${page}`).matchAll(/`npm (run \S+|start[^`]*)`/g)];
    for (const [, command = ''] of named) proveNpm(command.split(' '));
  });
});

describe.runIf(hasTerraform)('Terraform', () => {
  it.each(Object.entries(terraformOptions))('has the command %s with %j', (command, options) => {
    // `apply` and `destroy` take the options of a plan, whose help alone lists them.
    const [help, planHelp] = [command, 'plan'].map((one) => shell('terraform', one, '-help'));
    expect(help).toContain(`terraform [global options] ${command}`);
    for (const option of options) expect(planHelp).toMatch(new RegExp(`^ +${option}[ =]`, 'm'));
  });
});
