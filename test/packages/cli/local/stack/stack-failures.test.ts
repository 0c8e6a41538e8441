import { expect, it } from 'vitest';
import {
  createBusNetwork,
  seededFailures,
  withPlannedCrashes,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import {
  beginFailures,
  parseStackFailures,
} from '../../../../../packages/cli/src/local/stack/stack-failures.ts';

it('reads failures of the buses, of the database and of Regions from one list', () => {
  const { dsql, ...own } = parseStackFailures(
    'seed=7, crash-before-publish=0.02,crash-after-publish=0.03,refused-entry=0.05,duplicate=0.1,delay=5000,lost-commit=0.2,stopped=us-west-2,link=cut',
  );
  expect(own).toEqual({
    events: {
      seed: 7,
      crashBeforePublishShare: 0.02,
      crashAfterPublishShare: 0.03,
      refusedEntryShare: 0.05,
      duplicateShare: 0.1,
      delayMsMax: 5000,
    },
    stopped: ['us-west-2'],
    isLinkCut: true,
  });
  expect(dsql).toMatchObject({ seed: 7, lostCommit: 0.2, conflict: 0 });
});

it.each([
  ['crash-before-publish=2', 'failure "crash-before-publish=2": give a number from 0 to 1'],
  ['refused-entry', 'failure "refused-entry": give a number from 0 to 1'],
  ['stopped=west', 'failure "stopped=west": give a Region, such as stopped=us-west-2'],
  ['link=mended', 'failure "link=mended": give link=cut'],
  ['crash=1', 'failure "crash=1": give seed=N, or one of 53300'],
  ['crash=1', 'crash-after-publish, delay=MS, stopped=REGION or link=cut'],
])('refuses %s in one line', (text, message) => {
  expect(() => parseStackFailures(text)).toThrow(message);
});

it('draws the same failures for a seed, at about their shares', () => {
  const drawn = () => {
    const { refusesEntry, crash } = seededFailures({
      seed: 7,
      refusedEntryShare: 0.05,
      crashBeforePublishShare: 0.02,
      crashAfterPublishShare: 0.1,
    });
    const process = { region: 'us-east-1', functionName: 'f', accessKeyId: 'a' };
    return Array.from({ length: 10_000 }, () => [refusesEntry?.(), crash?.(process)]);
  };
  const draws = drawn();
  expect(drawn()).toEqual(draws);
  const count = (isOne: (draw: (typeof draws)[number]) => boolean) => draws.filter(isOne).length;
  expect(count(([refused]) => refused === true) / 10_000).toBeCloseTo(0.05, 1);
  expect(count(([, crash]) => crash === 'before') / 10_000).toBeCloseTo(0.02, 1);
  expect(count(([, crash]) => crash === 'after') / 10_000).toBeCloseTo(0.1, 1);
});

it('kills the next processes as planned, and leaves the draws of a seed as they are', () => {
  const options = { seed: 7, crashBeforePublishShare: 0.3 };
  const process = { region: 'us-east-1', functionName: 'f', accessKeyId: 'a' };
  const draw = ({ crash }: ReturnType<typeof seededFailures>) =>
    Array.from({ length: 20 }, () => crash?.(process));
  const { failures, crashes } = withPlannedCrashes(seededFailures(options));
  crashes.add('before-publish');
  crashes.add('after-publish');
  expect(crashes.pending()).toEqual(['before-publish', 'after-publish']);
  const drawn = draw(failures);
  expect(drawn.slice(0, 2)).toEqual(['before', 'after']);
  expect(drawn.slice(2)).toEqual(draw(seededFailures(options)).slice(2));
  expect(crashes.pending()).toEqual([]);
});

it('cuts the link between Regions, and none of a Region with itself', async () => {
  const network = createBusNetwork();
  const regions = ['us-east-1', 'us-west-2'].map((region) => ({ region }));
  const stack = { regions, network } as unknown as Parameters<typeof beginFailures>[0];
  await beginFailures(stack, parseStackFailures('link=cut'));
  expect(network.isCut('us-west-2', 'us-east-1')).toBe(true);
  // `antipode local link mend` would not mend these.
  for (const { region } of regions) expect(network.isCut(region, region)).toBe(false);
});
