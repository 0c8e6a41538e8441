import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAssembly } from '../../../../../packages/cli/src/local/template/assembly.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'antipode-assembly-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (file: string, content: object): void =>
  writeFileSync(join(directory, file), JSON.stringify(content));

const stackArtifact = (region: string, dependencies: readonly string[] = []) => ({
  type: 'aws:cloudformation:stack',
  environment: `aws://unknown-account/${region}`,
  properties: { templateFile: 'template.json' },
  dependencies,
});

describe('readAssembly', () => {
  it('orders the stacks by their dependencies and gives each its Region', () => {
    write('template.json', { Resources: {} });
    write('manifest.json', {
      artifacts: {
        second: stackArtifact('us-west-2', ['first', 'second.assets']),
        first: stackArtifact('us-east-1'),
        Tree: { type: 'cdk:tree' },
      },
    });
    const stacks = readAssembly(directory).stacks;
    expect(stacks.map(({ name, region }) => [name, region])).toEqual([
      ['first', 'us-east-1'],
      ['second', 'us-west-2'],
    ]);
  });

  it('finds the synthesized folder of an asset by the key under which it deploys', () => {
    write('template.json', {});
    write('one.assets.json', {
      files: {
        abc: { source: { path: 'asset.abc' }, destinations: { any: { objectKey: 'abc.zip' } } },
      },
    });
    write('manifest.json', {
      artifacts: {
        one: stackArtifact('us-east-1'),
        'one.assets': { type: 'cdk:asset-manifest', properties: { file: 'one.assets.json' } },
      },
    });
    expect(readAssembly(directory).stacks[0]?.assets.get('abc.zip')).toBe(
      join(directory, 'asset.abc'),
    );
  });

  it('refuses a stack without a Region', () => {
    write('manifest.json', { artifacts: { one: stackArtifact('unknown-region') } });
    expect(() => readAssembly(directory)).toThrow('one: the stack names no Region');
  });

  it('refuses an artifact that it would otherwise leave out', () => {
    write('manifest.json', { artifacts: { Stage: { type: 'cdk:cloud-assembly' } } });
    expect(() => readAssembly(directory)).toThrow('Stage: artifacts of type cdk:cloud-assembly');
  });

  it('says in one line that a folder is no assembly', () => {
    expect(() => readAssembly(directory)).toThrow(/^cannot read .*manifest\.json: .*$/);
  });
});
