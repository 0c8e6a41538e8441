import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages } from '../../docs/site/page-list.ts';

/**
 * The package is not published, and its name is nobody's: npm would run whatever a stranger
 * publishes under it. Once the package is published, this file goes.
 */
const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const filesBelow = (folder: string, ending: RegExp): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name));

const code = ['packages', 'src', 'infra'].flatMap((folder) => filesBelow(folder, /\.[jt]s$/));

/** Commands by which npm takes the package from the registry, if the project does not have it. */
const runs = /\b(?:npx|npm (?:exec|x))\s+(?:-[\w-]+\s+)*antipode\b/;
const installs = /\bnpm\s+(?:i|install|add)\s+(?:-[\w-]+\s+)*antipode\b/;

/** The sentence that a reader has to have met before such a command. */
const warning = /\bnot published\b/;

describe('the name of the package, which is not published,', () => {
  it.each(pages)('is run by npx only after a page has said where that works: %s', (page) => {
    const text = read(page);
    const [first] = runs.exec(text) ?? [];
    if (first === undefined) return;
    const sentence = text.search(warning);
    expect(sentence).toBeGreaterThan(-1);
    // In the paragraph of the sentence the command may stand in front of it.
    const paragraph = text.lastIndexOf('\n\n', sentence);
    expect(text.search(runs)).toBeGreaterThan(paragraph);
    expect(text.slice(sentence)).toMatch(/in this\s+repository|Install them from a\s+checkout/);
  });

  it.each(pages)('is installed from no registry: %s', (page) => {
    expect(read(page)).not.toMatch(installs);
  });

  it('stands in no message and no help that would have npm look for it', () => {
    expect(code.length).toBeGreaterThan(100);
    expect(code.filter((file) => runs.test(read(file)) || installs.test(read(file)))).toEqual([]);
  });

  it.each([
    'npx antipode migrate',
    'npx --yes antipode local',
    'npm exec antipode local',
    'npx\nantipode local',
  ])('is seen in %j', (text) => expect(text).toMatch(runs));

  it.each(['npm i antipode', 'npm install --save-dev antipode kysely'])('is seen in %j', (text) =>
    expect(text).toMatch(installs),
  );
});
