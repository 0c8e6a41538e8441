import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dependenciesPointInward, vendorsStayOutside } from '../rules.ts';
import { run } from '../tools.ts';
import { readSources } from '../tree.ts';
import { partOf, recipeTree, steps, timeoutMs } from './recipe-tree.ts';
import { watchBalances } from './reversal.ts';

const tree = recipeTree();
afterAll(tree.remove);

describe('the recipes for an event, a kind of transaction, a command and a consumer', () => {
  test('make a tree that compiles', { timeout: timeoutMs }, async () => {
    tree.take(steps);
    const { code, output } = await run(tree.path, 'tsc', '-b', 'test');
    expect(code, output).toBe(0);
    for (const part of ['service', 'infra'] as const)
      expect(await tree.wrongFiles(part)).toEqual([]);
  });

  test.each(steps.map((step, index) => [index + 1, step.file, step] as const))(
    'do not compile without step %i, in %s, and the compiler names where it is missing',
    { timeout: timeoutMs },
    async (_, _file, left) => {
      tree.take(steps.filter((step) => step !== left));
      expect(await tree.wrongFiles(partOf(left))).toContain(left.named);
    },
  );

  test('make a second service of the same folders, once the rules know them', {
    timeout: timeoutMs,
  }, async () => {
    tree.take([]);
    rmSync(tree.at(watchBalances.file));
    for (const layer of ['src/domain', 'src/adapters', 'src/handlers', 'infra']) {
      cpSync(tree.at(`${layer}/ledger`), tree.at(`${layer}/booking`), { recursive: true });
      const entries = readdirSync(tree.at(`${layer}/booking`), {
        recursive: true,
        withFileTypes: true,
      });
      for (const entry of entries.filter((one) => one.isFile())) {
        const path = join(entry.parentPath, entry.name);
        const text = readFileSync(path, 'utf8');
        writeFileSync(path, text.replaceAll(/\/ledger(?=[/'])/g, '/booking'));
      }
    }
    const { code, output } = await run(tree.path, 'tsc', '-b', '.');
    expect(code, output).toBe(0);
    const sources = readSources(tree.path);
    expect(dependenciesPointInward(sources)).toEqual([]);
    const told = vendorsStayOutside(sources);
    expect(told.length).toBeGreaterThan(0);
    for (const { path, problem } of told) {
      expect([path, problem]).toEqual([
        expect.stringMatching(/^src\/adapters\/booking\//),
        'may not import kysely',
      ]);
    }
  });
});
