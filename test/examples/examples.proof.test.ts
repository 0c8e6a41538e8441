import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../arch/tools.ts';
import { freePorts } from '../e2e/local-app/runner.ts';
import { installExample } from './installed-example.ts';

/** Each step takes a few seconds here, and several times as long on a busy machine. */
const timeoutMs = 300_000;

describe.each(['booking', 'reservations'])('%s, installed outside of the repository', (name) => {
  let example: Awaited<ReturnType<typeof installExample>>;
  beforeAll(async () => {
    example = await installExample(name);
  }, timeoutMs);
  afterAll(() => example.remove());

  const succeeds = async (program: string, ...args: readonly string[]): Promise<string> => {
    const { code, output } = await run(example.path, program, ...args);
    expect(code, output).toBe(0);
    return output;
  };

  test('compiles against the packed packages', () => succeeds('tsc', '-p', '.'), timeoutMs);

  test(
    'is synthesized into two stacks for each Region, and one for the peering',
    async () => {
      await succeeds('node', 'infra/app.ts');
      const templates = globSync('*.template.json', { cwd: join(example.path, 'cdk.out') });
      expect(templates.toSorted()).toEqual([
        `antipode-${name}-data-peering.template.json`,
        `antipode-${name}-data-primary.template.json`,
        `antipode-${name}-data-secondary.template.json`,
        `antipode-${name}-primary.template.json`,
        `antipode-${name}-secondary.template.json`,
      ]);
    },
    timeoutMs,
  );

  test('passes its own tests', () => succeeds('vitest', 'run'), timeoutMs);

  test(
    'starts in both Regions on a laptop and passes its self-check',
    async () => {
      const antipode = join('node_modules', 'antipode-cli', 'bin', 'antipode.js');
      const output = await succeeds('node', antipode, 'local', '--once', ...freePorts);
      expect(output).toContain('The self-check passed.');
    },
    timeoutMs,
  );
});
