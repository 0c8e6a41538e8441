import { expect, test } from 'vitest';
import { simulateSeeds } from '../../src/testing/simulation/index.ts';
import { loadScenario } from './run/scenarios.ts';

test('the scenario of the booking example keeps every promise', async () => {
  const report = await simulateSeeds(await loadScenario('booking'), { seeds: 1 });
  expect(report.faultCount).toBeGreaterThan(20);
  expect(report.commits).toBeGreaterThan(100);
});
