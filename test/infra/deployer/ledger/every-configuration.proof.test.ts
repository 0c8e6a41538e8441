import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../../infra/deployer/policy.ts';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { alarmNames, sectionsOf } from '../../support/alarm-sections.ts';
import { configurations } from '../../support/configurations.ts';
import { policyFolder, stacksOf, templateNeeds } from '../template-needs.ts';

const allowed = new Set(
  readdirSync(policyFolder)
    .filter((name) => name.startsWith('execution'))
    .flatMap((name) => {
      const { Statement } = JSON.parse(readFileSync(join(policyFolder, name), 'utf8')) as Policy;
      return Statement.flatMap(({ Action, Resource, Condition = {} }) =>
        [Action].flat().map((action) => JSON.stringify([action, [Resource].flat(), Condition])),
      );
    }),
);

/** The policies hold for the default prefixes of names. */
const renaming = ['clusterNamePrefix', 'functionPrefix', 'eventBusPrefix'];
const named = configurations.filter(({ name }) => !renaming.includes(name));

// The short tests look at the configurations that have, together, all that a service can have.
describe.each(named)('the ledger with $name', (configuration) => {
  const stacks = stacksOf(configuration, ledger);

  it('needs no right that the policies lack', () => {
    const needs = stacks.flatMap(({ template }) => templateNeeds(template));
    const missing = needs.filter(
      ({ action, resources, when = {} }) => !allowed.has(JSON.stringify([action, resources, when])),
    );
    expect(missing).toEqual([]);
  });

  it('has no alarm without a section of its own', () => {
    const alarms = stacks.flatMap(({ template }) => alarmNames(template, ledger.name));
    expect(alarms.filter((alarm) => sectionsOf(alarm).length !== 1)).toEqual([]);
  });
});
