import { describe, expect, test } from 'vitest';
import { releaseProblem } from '../../../packages/pack/release-problem.ts';

const versions = ['0.2.0', '0.2.0', '0.2.0'];
const changelog = '# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2027-01-31\n';

describe('a release', () => {
  test('is packed under the tag of its version', () => {
    expect(releaseProblem({ tag: 'v0.2.0', versions, changelog })).toBeUndefined();
  });

  test('is tried without a tag before it has a section', () => {
    expect(releaseProblem({ tag: undefined, versions, changelog: '' })).toBeUndefined();
  });

  test.each([
    [{ versions: ['0.2.0', '0.2.0', '0.1.0'] }, 'Give the three packages one version'],
    [{ tag: 'v0.3.0' }, 'Tag the release v0.2.0'],
    [{ changelog: '## [Unreleased]\n' }, 'Add a section "## [0.2.0] - YYYY-MM-DD"'],
  ])('is refused with the step that is missing: %j', (change, message) => {
    expect(releaseProblem({ tag: 'v0.2.0', versions, changelog, ...change })).toContain(message);
  });
});
