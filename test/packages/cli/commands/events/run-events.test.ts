import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventsOptions } from '../../../../../packages/cli/src/commands/events/events-options.ts';
import { runEvents } from '../../../../../packages/cli/src/commands/events/run-events.ts';

const root = join(import.meta.dirname, '../../../../..');
let directory: string;
let version = 0;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'antipode-events-'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Writes the declaration into a module of its own, since a module is loaded once. */
const declare = (fields: string, more = ''): string => {
  version += 1;
  const module = `service-${version}.ts`;
  writeFileSync(
    join(directory, module),
    `import { exactOptional, object, string } from 'valibot';
     import { defineService } from '${join(root, 'src/domain/kernel/index.ts')}';
     export const shop = defineService({
       name: 'shop', source: 'shop', schema: 'shop', migrations: [], consumers: {},
       events: { Opened: { version: 1, schema: object({ ${fields} }), ${more} } },
     });`,
  );
  return module;
};

const run = async (command: string, service: string, ...args: readonly string[]) => {
  const printed: string[] = [];
  const options = eventsOptions([command, '--service', service, ...args]);
  if (!options) throw new Error('asks for help');
  await runEvents(options, { directory, print: (line) => printed.push(line) });
  return printed;
};

const snapshot = () => readFileSync(join(directory, 'events/Opened.v1.json'), 'utf8');

describe('antipode events check', () => {
  it('writes the snapshots that are missing, and then has nothing to write', async () => {
    const service = declare('show: string()');
    expect(await run('check', service, '--write')).toEqual([
      '1 events fit what has been published',
      'written: events/Opened.v1.json',
    ]);
    expect(JSON.parse(snapshot())).toEqual({
      type: 'Opened',
      version: 1,
      scope: 'origin-region',
      schema: { type: 'object', properties: { show: { type: 'string' } }, required: ['show'] },
    });
    expect(await run('check', service, '--strict')).toEqual([
      '1 events fit what has been published',
    ]);
  });

  it('fails for an incompatible change with event, path and remedy, and writes nothing', async () => {
    await run('check', declare('show: string()'), '--write');
    const before = snapshot();
    const changed = declare('show: string(), by: string()');
    await expect(run('check', changed, '--write')).rejects.toThrow(
      'Opened 1, data.by: events of the archive, the outbox and the dead letters are refused: it may be absent, and is required. ' +
        'Remedy: declare version 2 with upcast: { 1: … }, or undo the change',
    );
    expect(snapshot()).toBe(before);
  });

  it('passes for a compatible change, and names the file that does not have it', async () => {
    await run('check', declare('show: string()'), '--write');
    const changed = declare('show: string(), by: exactOptional(string())');
    expect(await run('check', changed)).toEqual([
      '1 events fit what has been published',
      'not recorded yet: events/Opened.v1.json: check --write writes them',
    ]);
    await expect(run('check', changed, '--strict')).rejects.toThrow(
      'events/Opened.v1.json: run antipode events check --write, and commit what it writes',
    );
    await run('check', changed, '--write');
    await run('check', changed, '--strict');
  });

  it('prints one line of JSON', async () => {
    const service = declare('show: string()');
    const unrecorded = ['Opened.v1.json'];
    const parsed = async (...args: readonly string[]) =>
      (await run('check', service, '--json', ...args)).map((line) => JSON.parse(line));
    expect(await parsed()).toEqual([{ problems: [], unrecorded, written: [] }]);
    expect(await parsed('--write')).toEqual([{ problems: [], unrecorded, written: unrecorded }]);
  });

  it('refuses a snapshot that is none, and names it', async () => {
    const service = declare('show: string()');
    await run('check', service, '--write');
    writeFileSync(join(directory, 'events/Opened.v1.json'), '{}');
    await expect(run('check', service)).rejects.toThrow(/events\/Opened\.v1\.json is no snapshot/);
    writeFileSync(join(directory, 'events/Opened.v1.json'), '{');
    await expect(run('check', service)).rejects.toThrow(/events\/Opened\.v1\.json cannot be read/);
  });
});

describe('antipode events asyncapi', () => {
  it('prints the document, or writes it', async () => {
    const service = declare('show: string()');
    const [text = ''] = await run('asyncapi', service);
    expect(JSON.parse(text)).toMatchObject({ asyncapi: '3.0.0' });
    expect(await run('asyncapi', service, '--out', 'docs/asyncapi.json')).toEqual([
      'docs/asyncapi.json is written',
    ]);
    expect(readFileSync(join(directory, 'docs/asyncapi.json'), 'utf8')).toBe(`${text}\n`);
  });
});

describe('antipode events docs', () => {
  it('prints the pages, or writes a file for each event', async () => {
    const service = declare('show: string()', "description: 'The doors are open.'");
    const printed = await run('docs', service);
    expect(printed.join('\n')).toContain('# Opened\n\nThe doors are open.\n');
    expect(await run('docs', service, '--out', 'pages')).toEqual(['2 pages are written to pages']);
    expect(readdirSync(join(directory, 'pages'))).toEqual(['Opened.md', 'README.md']);
  });
});

describe('the module of a service', () => {
  const written = (text: string): string => {
    version += 1;
    const module = `module-${version}.ts`;
    writeFileSync(join(directory, module), text);
    return module;
  };

  it('is refused in one line where there is none, or it fails', async () => {
    await expect(run('check', 'nowhere.ts')).rejects.toThrow(
      '--service nowhere.ts: there is no such file: give the module that exports the service',
    );
    const failing = written("throw new Error('broken\\nhere');");
    await expect(run('check', failing)).rejects.toThrow(
      `--service ${failing} cannot be loaded: broken`,
    );
  });

  it('exports one service', async () => {
    const none = written('export const name = 7;');
    await expect(run('check', none)).rejects.toThrow(
      `--service ${none} exports no service: export the one of defineService`,
    );
    const one = declare('show: string()');
    const two = written(
      `export { shop } from './${one}'; import { shop as s } from './${one}'; export const other = { ...s, name: 'other' };`,
    );
    await expect(run('check', two)).rejects.toThrow(
      /exports the services (shop, other|other, shop)/,
    );
    const twice = written(`export { shop, shop as again } from './${one}';`);
    expect(await run('check', twice)).toHaveLength(2);
  });
});
