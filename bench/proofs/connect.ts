/**
 * Runs each program of `packages/local-dsql/connect` against a local DSQL that it starts, with the
 * client that the program is for, and ends with 1 unless each writes a row and reads it. The
 * clients are installed into a temporary folder. A language that is not here is left out by name.
 */
import { type ExecFileException, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** A compiler of Go needs minutes for AWS's packages on a busy machine. */
const commandMsMax = 900_000;

type Command = readonly [program: string, ...args: readonly string[]];

/** One `connect` folder: what prepares it, and what its programs print. */
type Language = {
  readonly name: string;
  /** A command that fails where the language is missing. */
  readonly probe: Command;
  readonly folder: string;
  readonly prepare: readonly Command[];
  readonly programs: readonly { readonly says: string; readonly command: Command }[];
};

const node = process.execPath;
const inNode = (folder: string, says: string, ...args: readonly string[]) => ({
  says,
  command: ['sh', '-c', `cd ${folder} && exec "$0" "$@"`, node, ...args] as const,
});
const bin = (name: string): string => join('..', 'node_modules', '.bin', name);

const languages: readonly Language[] = [
  {
    ...{ name: 'Node', probe: [node, '--version'], folder: '.' },
    prepare: [['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund']],
    programs: [
      inNode('pg', 'from pg', 'main.mjs'),
      inNode('postgres', 'from postgres.js', 'main.mjs'),
      inNode(
        'drizzle',
        'Changes applied',
        bin('drizzle-kit'),
        'push',
        '--config=drizzle.config.mjs',
      ),
      inNode('drizzle', 'from Drizzle', 'main.mjs'),
      // After Drizzle, which would drop their sequences.
      inNode('.', 'made the journals', 'journals.mjs'),
      inNode('typeorm', 'from TypeORM', 'main.mjs', '--synchronize'),
      inNode('typeorm', 'migrated by TypeORM', 'migrate.mjs'),
      inNode('sequelize', 'from Sequelize', 'main.mjs'),
      inNode('knex', 'from Knex', 'main.mjs'),
      inNode('knex', 'run: 1 migrations', bin('knex'), 'migrate:latest', '--knexfile=knexfile.mjs'),
      inNode('mikro-orm', 'from MikroORM', 'main.mjs', '--create'),
      inNode('mikro-orm', 'migrated by MikroORM', 'migrate.mjs'),
      inNode('prisma', 'Generated Prisma Client', bin('prisma'), 'generate'),
      inNode('prisma', 'from Prisma', 'main.mjs'),
    ],
  },
  {
    ...{ name: 'psql', probe: ['psql', '--version'], folder: 'psql', prepare: [] },
    programs: [{ says: 'from psql', command: ['sh', 'main.sh'] }],
  },
  {
    ...{ name: 'Python', probe: ['python3', '--version'], folder: 'python' },
    prepare: [
      ['python3', '-m', 'venv', 'venv'],
      ['venv/bin/pip', 'install', '--quiet', '-r', 'requirements.txt'],
    ],
    programs: ['psycopg', 'asyncpg', 'SQLAlchemy'].map((client) => ({
      says: `from ${client}`,
      command: ['venv/bin/python', `${client.toLowerCase()}_notes.py`],
    })),
  },
  {
    ...{ name: 'Go', probe: ['go', 'version'], folder: 'go' },
    prepare: [['go', 'build', '-o', 'notes', '.']],
    programs: [{ says: 'from Go', command: ['./notes'] }],
  },
  {
    ...{ name: 'Java', probe: ['mvn', '--version'], folder: 'jdbc' },
    prepare: [['mvn', '--quiet', 'dependency:copy-dependencies', '-DoutputDirectory=lib']],
    programs: [{ says: 'from JDBC', command: ['java', '-cp', 'lib/*', 'Main.java'] }],
  },
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Everything that a command prints, also when it fails. */
const output = (
  [program, ...args]: Command,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly failed: boolean; readonly text: string }> =>
  run(program, args, { cwd, env, timeout: commandMsMax }).then(
    ({ stdout, stderr }) => ({ failed: false, text: stdout + stderr }),
    (error: ExecFileException) => ({
      failed: true,
      text: `${error.stdout}${error.stderr}${error.message}`,
    }),
  );

const startCluster = async (folder: string) => {
  const command = join(root, 'packages/local-dsql/bin/antipode-local-dsql.js');
  const child = spawn(node, [command, '--port', '0', '--write-env', 'dsql.vars'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The end of its output makes it readable too.
  await once(child.stdout, 'readable');
  if (child.stdout.read() === null) throw new Error('The local DSQL did not start.');
  const stop = async (): Promise<void> => {
    child.kill();
    if (child.exitCode === null) await once(child, 'exit');
  };
  return { variables: parseEnv(readFileSync(join(folder, 'dsql.vars'), 'utf8')), stop };
};

let [passed, failed] = [0, 0];

const report = (title: string, problem: string | undefined): void => {
  say(`${problem === undefined ? 'works' : 'FAILS'} ${title}`);
  if (problem !== undefined) say(problem);
  if (problem === undefined) passed += 1;
  else failed += 1;
};

const tryLanguage = async (
  { name, probe, folder, prepare, programs }: Language,
  connect: string,
  env: NodeJS.ProcessEnv,
): Promise<void> => {
  if ((await output(probe, connect, env)).failed) {
    say(`LEFT OUT: ${name} is not here, so ${programs.length} of its programs did not run`);
    return;
  }
  for (const command of prepare) {
    // Installers find their registry, and a way to it, by variables of this machine.
    const installing = { ...process.env, ...env };
    const { failed: isBroken, text } = await output(command, join(connect, folder), installing);
    if (isBroken) {
      report(`${name}: ${command.join(' ')}`, text);
      return;
    }
  }
  for (const { says, command } of programs) {
    const { failed: isBroken, text } = await output(command, join(connect, folder), env);
    report(`${name}: ${says}`, !isBroken && text.includes(says) ? undefined : text);
  }
};

const folder = mkdtempSync(join(tmpdir(), 'antipode-connect-'));
try {
  const connect = join(folder, 'connect');
  cpSync(join(root, 'packages/local-dsql/connect'), connect, { recursive: true });
  const cluster = await startCluster(folder);
  try {
    const env = {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' },
      // Prisma would download a program for its migrations before it makes a client without it.
      PRISMA_SCHEMA_ENGINE_BINARY: node,
      ...cluster.variables,
    };
    for (const language of languages) await tryLanguage(language, connect, env);
  } finally {
    await cluster.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(` Tests  ${failed === 0 ? '' : `${failed} failed | `}${passed} passed`);
process.exitCode = failed === 0 ? 0 : 1;
