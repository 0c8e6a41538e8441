import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles } from '../../../../../packages/cli/src/commands/init/project-files.ts';

const root = join(import.meta.dirname, '../../../../..');

const packages = ['antipode', 'antipode-cli', 'antipode-local-dsql'].map((name) => ({
  name,
  version: '1.2.3',
}));

const project = (template: 'service' | 'minimal') =>
  projectFiles({ name: 'box-office', schema: 'box_office', template }, packages);

type Versions = Readonly<Record<string, string>>;
type Manifest = { readonly dependencies: Versions; readonly devDependencies: Versions };

const manifestOf = (files: ReturnType<typeof projectFiles>) =>
  JSON.parse(String(files.get('package.json'))) as Manifest & { readonly name: string };

const shared = [
  '.github/workflows/ci.yml',
  '.gitignore',
  '.npmrc',
  'README.md',
  'cdk.json',
  'infra/app.ts',
  'infra/self-check.ts',
  'package.json',
  'src/adapters/event-schemas.ts',
  'src/adapters/migrations.ts',
  'src/domain/orders.ts',
  'src/handlers/api.lambda.ts',
  'src/handlers/api.ts',
  'src/handlers/migrate.lambda.ts',
  'src/handlers/relay.lambda.ts',
  'src/service.ts',
  'test/decisions.test.ts',
  'test/service.test.ts',
  'tsconfig.json',
];

const own = {
  service: [
    'src/adapters/questions.ts',
    'src/adapters/repositories.ts',
    'src/adapters/tables.ts',
    'src/domain/shipments.ts',
    'src/handlers/consumers.ts',
    'src/handlers/requests.ts',
    'src/handlers/shipments.lambda.ts',
  ],
  minimal: ['src/adapters/orders.ts'],
};

describe.each(['service', 'minimal'] as const)('a project of the template %s', (template) => {
  const files = project(template);

  it('has these files', () => {
    expect([...files.keys()].toSorted()).toEqual([...shared, ...own[template]].toSorted());
  });

  it('has the name of the service and of its schema in place of those of the template', () => {
    const left = [...files].filter(([, text]) => /web.?shop/i.test(String(text)));
    expect(left.map(([path]) => path)).toEqual([]);
    expect(manifestOf(files).name).toBe('box-office');
    expect(files.get('README.md')).toMatch(/^# box-office\n/);
    expect(files.get('src/service.ts')).toContain("name: 'box-office'");
    expect(files.get('src/service.ts')).toContain("schema: 'box_office'");
    expect(files.get('src/adapters/migrations.ts')).toContain('EXISTS "box_office".');
  });

  it('has the packages of one release, in exactly its version', () => {
    const { dependencies, devDependencies } = manifestOf(files);
    expect(dependencies['antipode']).toBe('1.2.3');
    expect(devDependencies).toMatchObject({
      'antipode-cli': '1.2.3',
      'antipode-local-dsql': '1.2.3',
    });
  });
});

it('takes archives into the project, so that it is installed anywhere', () => {
  const archive = join(mkdtempSync(join(tmpdir(), 'antipode-files-')), 'antipode-1.2.3.tgz');
  writeFileSync(archive, 'archive');
  const files = projectFiles({ name: 'shop', schema: 'shop', template: 'minimal' }, [
    { name: 'antipode', version: '1.2.3', archive },
  ]);
  expect(manifestOf(files).dependencies['antipode']).toBe('file:vendor/antipode-1.2.3.tgz');
  expect(String(files.get('vendor/antipode-1.2.3.tgz'))).toBe('archive');
});

it('asks for the versions of other packages with which this repository is tested', () => {
  const tested = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const { dependencies, devDependencies } = manifestOf(project('service'));
  const asked = Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name]) => !name.startsWith('antipode'))
    .map(([name, range]) => [name, range.replace('^', '')]);
  expect(asked.length).toBeGreaterThan(10);
  const versions = { ...tested.dependencies, ...tested.devDependencies };
  expect(asked).toEqual(asked.map(([name = '']) => [name, versions[name]]));
});
