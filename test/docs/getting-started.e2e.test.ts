import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { initOptions } from '../../packages/cli/src/commands/init/options.ts';
import { runInit } from '../../packages/cli/src/commands/init/run-init.ts';
import { buildFolder } from '../arch/tools.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { partsOf } from '../support/page-commands.ts';
import { readStory } from '../support/page-story.ts';
import { createFollower } from '../support/story-follower.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/getting-started.md'), 'utf8');
const parts = [...partsOf(page)];

it('a person who follows the page runs the service and sends a command twice', async () => {
  const folder = buildFolder();
  onTestFinished(folder.remove);
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(folder.path, 0o755);
  const options = initOptions(['shop'], folder.path);
  if (!options) throw new Error('the page asks for help');
  // The packages of this repository are found above the folder.
  runInit(options, [], { directory: folder.path, print: () => undefined });
  const modules = join(import.meta.dirname, '../../node_modules');
  symlinkSync(modules, join(options.folder, 'node_modules'), 'junction');
  const PATH = `${dirname(process.execPath)}:${childEnvironment().PATH ?? ''}`;
  const follower = createFollower(options.folder, { PATH, NO_COLOR: '1' });
  onTestFinished(follower.stop);
  for (const beginning of ['3. Run it', '4. Send']) {
    const [title = '', part = ''] = parts.find(([one]) => one.startsWith(beginning)) ?? [];
    const steps = readStory(part);
    expect(steps.length, title).toBeGreaterThan(0);
    await follower.follow(steps);
  }
}, 300_000);
