import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkByBiome, lintOnce } from './lint-once.ts';
import { nothingStaysBehind } from './long-lived.ts';
import {
  dependenciesPointInward,
  domainIsPure,
  entriesAreThin,
  lockFileIsPortable,
  pathsAreOurOwn,
  serversAreGuarded,
  vendorsStayOutside,
  versionsAreExact,
} from './rules.ts';
import { compile, type Diagnostic, lint, plant, run, temporaryFolder } from './tools.ts';
import { readSources } from './tree.ts';
import {
  biomeViolations,
  compilerViolations,
  ownViolations,
  permitted,
  type Violation,
} from './violations.ts';

const title = ({ folder, code, reported }: Violation): string =>
  `${reported.join(', ')} in ${folder}: ${code.split('\n', 1)[0]}`;

/** The path at which the violation is planted: each in a file of its own. */
const pathOf = ({ folder, file }: Violation, index: number): string =>
  `${folder}/${file.replace('planted', `planted-${index}`)}`;

const folder = temporaryFolder();
afterAll(folder.remove);

const plantAll = (name: string, violations: readonly Violation[]): string => {
  const directory = join(folder.path, name);
  const planted = violations.map(
    (violation, index) => [pathOf(violation, index), `${violation.code}\n`] as const,
  );
  plant(directory, { ...permitted, ...Object.fromEntries(planted) });
  return directory;
};

const expectEachReported = (
  violations: readonly Violation[],
  inspect: () => Promise<readonly Diagnostic[]>,
): void => {
  let diagnostics: readonly Diagnostic[] = [];
  beforeAll(async () => {
    diagnostics = await inspect();
  });
  const reportedFor = (path: string) =>
    diagnostics.filter((diagnostic) => diagnostic.path === path).map(({ code }) => code);

  test.each(violations.map((violation, index) => [title(violation), violation, index] as const))(
    'reports %s',
    (_, violation, index) => {
      const found = reportedFor(pathOf(violation, index)).join('\n');
      for (const code of violation.reported) expect(found).toContain(code);
    },
  );

  test('reports nothing where nothing is wrong', () => {
    expect(Object.keys(permitted).flatMap(reportedFor)).toEqual([]);
  });
};

describe('the compiler', () => {
  expectEachReported(compilerViolations, () =>
    compile(plantAll('compiler', compilerViolations), '.'),
  );
});

describe('Biome', () => {
  expectEachReported(biomeViolations, () => lint(plantAll('biome', biomeViolations)));
});

test('Biome checks a tree again when one of its files has changed, and not before', async () => {
  const directory = join(folder.path, 'linted');
  plant(directory, { 'src/domain/kernel/a.ts': 'export const a = 1;\n' });
  await run(directory, 'git', 'init', '--quiet');
  let checks = 0;
  const check = (path: string) => {
    checks += 1;
    return checkByBiome(path);
  };
  const lintIn = async () => {
    const { code } = await lintOnce(directory, { cache: join(folder.path, 'cache'), check });
    return { code, checks };
  };
  expect(await lintIn()).toEqual({ code: 0, checks: 1 });
  expect(await lintIn()).toEqual({ code: 0, checks: 1 });
  writeFileSync(join(directory, 'src/domain/kernel/a.ts'), 'export enum A { B }\n');
  expect(await lintIn()).toEqual({ code: 1, checks: 2 });
  expect(await lintIn()).toEqual({ code: 1, checks: 3 });
});

describe('the rules of this folder', () => {
  expectEachReported(ownViolations, async () => {
    const sources = readSources(plantAll('own', ownViolations));
    return [
      domainIsPure,
      entriesAreThin,
      dependenciesPointInward,
      vendorsStayOutside,
      serversAreGuarded,
      pathsAreOurOwn,
      nothingStaysBehind,
    ]
      .flatMap((rule) => rule(sources))
      .map(({ path, problem }) => ({ path, code: problem }));
  });

  test('a download address in the lock file is reported', () => {
    const lock = { packages: { 'node_modules/a': { version: '1.0.0', resolved: 'a.tgz' } } };
    expect(lockFileIsPortable(JSON.stringify(lock))).toHaveLength(1);
  });

  test('two versions of Powertools are reported', () => {
    const packages = {
      'node_modules/@aws-lambda-powertools/logger': { version: '2.35.0' },
      'node_modules/x/node_modules/@aws-lambda-powertools/commons': { version: '2.34.0' },
    };
    expect(lockFileIsPortable(JSON.stringify({ packages }))).toHaveLength(1);
  });

  test.each(['^1.0.0', '~1.0.0', '1.x', '>=1', '*', 'latest'])(
    'the version %s is reported',
    (version) => {
      expect(versionsAreExact(JSON.stringify({ dependencies: { a: version } }))).toHaveLength(1);
    },
  );
});
