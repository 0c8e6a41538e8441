import { execFile } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installMsMax, installProject } from '../arch/installing.ts';
import { packInto } from '../arch/packing.ts';
import { temporaryFolder } from '../arch/tools.ts';
import { quickly } from '../e2e/deploy/tools.ts';
import { partsOf } from '../support/page-commands.ts';
import { readStory } from '../support/page-story.ts';
import { createFollower, type Follower } from '../support/story-follower.ts';

/** Each part takes seconds, and many times as long on a busy machine. */
const timeoutMs = 900_000;

const page = readFileSync(join(import.meta.dirname, '../../docs/getting-started.md'), 'utf8');
const [making = ['', ''], ...others] = partsOf(page);
const parts = others.filter(([, part]) => readStory(part).length > 0);

const folder = temporaryFolder();
const project = join(folder.path, 'shop');

/** A person's programs: none of this repository. */
const personal = (): Readonly<Record<string, string>> => {
  const { PATH = '' } = process.env;
  const places = PATH.split(delimiter).filter((one) => !one.includes('node_modules'));
  return {
    PATH: [dirname(process.execPath), ...places].join(delimiter),
    ...{ HOME: folder.path, NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' },
  };
};

let follower: Follower;

describe('a person who follows the page in an empty folder', () => {
  beforeAll(() => {
    // PostgreSQL runs as another user where the tests run as root.
    chmodSync(folder.path, 0o755);
    // The pauses of the CDK CLI are shorter than in AWS.
    follower = createFollower(project, personal(), { NODE_OPTIONS: quickly.join(' ') });
  });

  afterAll(async () => {
    await follower.stop();
    folder.remove();
  });

  it(
    'makes the project by its first part',
    async () => {
      const lines = readStory(making[1]).flatMap((step) =>
        step.kind === 'commands' ? step.script.trim().split('\n') : [],
      );
      const [pack, init = '', ...others] = lines;
      expect(pack).toBe('(cd CHECKOUT && npm ci && npm run pack)');
      const archives = await packInto(join(folder.path, 'packed'));
      const tool = await installProject(join(folder.path, 'tool'), '--omit=optional', ...archives);
      const script = [init.replace('CHECKOUT/packages/cli', `${tool}/node_modules/antipode-cli`)];
      // The environment leads to the registry; npm's other variables name this repository.
      const own = Object.entries(process.env).filter(([name]) => !/^npm_(?!config_reg)/.test(name));
      const env = { ...Object.fromEntries(own), PATH: personal()['PATH'] };
      const options = { cwd: folder.path, env, maxBuffer: 1e7 };
      await promisify(execFile)('bash', ['-ec', [...script, ...others].join('\n')], options);
    },
    installMsMax,
  );

  it.each(parts)(
    'gets the outputs of the page: %s',
    (_, part) => follower.follow(readStory(part)),
    timeoutMs,
  );
});
