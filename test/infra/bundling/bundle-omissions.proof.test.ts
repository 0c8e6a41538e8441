import { describe, expect, it, vi } from 'vitest';
import { omittableParts } from '../../../infra/bundling/parts/bundle-parts.ts';
import {
  answerOf,
  bundleFolder,
  bundleMsMax,
  entries,
  textOf,
} from '../support/library-bundles.ts';

vi.setConfig({ testTimeout: bundleMsMax });

const { build } = bundleFolder();

/** Words that stand only in a bundle that omits something. */
const omitted = /bundle omits/;

describe('a bundle that omits nothing', () => {
  it.each(Object.entries(entries))('runs %s', async (_name, [code, answer]) => {
    const bundled = await build(code, undefined);
    expect(textOf(bundled)).not.toMatch(omitted);
    expect(await answerOf(bundled)).toEqual(answer);
  });
});

describe('a bundle that omits a part', () => {
  it.each(Object.entries(entries))(
    'runs %s when it omits every other part',
    async (_name, [code, answer, part]) => {
      const omit = omittableParts.filter((one) => one !== part);
      expect(await answerOf(await build(code, omit))).toEqual(answer);
    },
  );
});
