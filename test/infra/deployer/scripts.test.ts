import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Policy } from '../../../infra/deployer/policy.ts';
import { policyFolder } from './template-needs.ts';

const scripts = ['common.sh', 'deploy.sh', 'destroy.sh']
  .map((name) => join(import.meta.dirname, '../../../infra/scripts', name))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** The actions behind the commands whose names tell another story. */
const actionsOf: Readonly<Record<string, readonly string[]>> = {
  // Everybody may ask who they are.
  'sts get-caller-identity': [],
  's3 sync': ['s3:ListBucket', 's3:PutObject'],
  's3 rm': ['s3:DeleteObject', 's3:ListBucket'],
  's3api head-bucket': ['s3:ListBucket'],
  's3api head-object': ['s3:GetObject'],
  's3api list-objects-v2': ['s3:ListBucket'],
  'cloudformation deploy': [
    ...['cloudformation:CreateChangeSet', 'cloudformation:DescribeChangeSet'],
    ...['cloudformation:ExecuteChangeSet', 'cloudformation:DescribeStacks', 's3:PutObject'],
  ],
};

const actionOf = (service: string, operation: string): string =>
  `${service.replace('s3api', 's3')}:${operation
    .split('-')
    .map((word) => word.replace(/^./, (letter) => letter.toUpperCase()))
    .join('')}`;

it('a person who deploys by the scripts has the rights for their commands, and no others', () => {
  const commands = [
    ...scripts.matchAll(/\baws (s3|s3api|sts|dsql|cloudformation) ([a-z][a-z0-9-]+)/g),
  ];
  expect(commands.length).toBeGreaterThan(10);
  // CloudFormation reads the code and long templates with the rights of the person.
  const needed = ['s3:GetObject'].concat(
    commands.flatMap(
      ([, service = '', operation = '']) =>
        actionsOf[`${service} ${operation}`] ?? [actionOf(service, operation)],
    ),
  );
  const file = join(policyFolder, 'deploy-by-scripts.json');
  const { Statement } = JSON.parse(readFileSync(file, 'utf8')) as Policy;
  const allowed = Statement.flatMap(({ Action }) => Action);
  expect(allowed.toSorted()).toEqual([...new Set(needed)].toSorted());
});
