import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTerraform, terraformFolder } from '../terraform/terraform.ts';
import type { ModuleBlocks } from './module.ts';
import { type ProviderSchema, readProblems, schemaProblems } from './provider-schema.ts';

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, 'aws-provider.json'), 'utf8'),
) as ProviderSchema;
const modules = Object.values(await readTerraform());

const textOf = (folder: string): string =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.tf'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');

describe('the schema of the AWS provider', () => {
  it('has each attribute and block of the module', () => {
    expect(modules.flatMap((blocks) => schemaProblems(blocks, schema))).toEqual([]);
  });

  it('has each attribute that the module reads', () => {
    const folders = [terraformFolder, join(terraformFolder, 'modules/region')];
    for (const folder of folders) expect(readProblems(textOf(folder), schema)).toEqual([]);
  });

  it('has the resources of the module and no others', () => {
    const used = new Set(modules.flatMap(({ resource }) => Object.keys(resource)));
    used.delete('terraform_data');
    expect(Object.keys(schema.resources).toSorted()).toEqual([...used].toSorted());
  });

  it('is of the version that the module asks for', () => {
    expect(textOf(terraformFolder)).toContain(`">= ${schema.version.replace(/\.0$/, '')}, < 7"`);
  });

  it.each([
    [{ aws_sqs_queue: { this: [{ nme: 'x' }] } }, 'aws_sqs_queue.this has no nme'],
    [{ aws_sqs_queue: { this: [{ url: 'x' }] } }, 'aws_sqs_queue.this.url cannot be set'],
    [
      { aws_lambda_function_url: { this: [{}] } },
      'aws_lambda_function_url.this needs authorization_type',
    ],
    [{ aws_table: { this: [{}] } }, 'The provider has no aws_table'],
    [
      { aws_dsql_cluster: { this: [{ multi_region_properties: [{ witness: 'x' }] }] } },
      'aws_dsql_cluster.this.multi_region_properties has no witness',
    ],
  ])('refuses %j', (resource, problem) => {
    const planted = { ...modules[0], resource } as unknown as ModuleBlocks;
    expect(schemaProblems(planted, schema)).toContain(problem);
  });

  it('refuses an attribute that no resource has', () => {
    expect(readProblems('aws_dsql_cluster.primary.endpoint', schema)).toEqual([
      'aws_dsql_cluster has no endpoint',
    ]);
  });
});
