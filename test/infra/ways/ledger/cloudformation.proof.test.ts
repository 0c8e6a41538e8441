import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildOptions } from '../../../../infra/cloudformation/parameters.ts';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { booking } from '../../support/booking.ts';
import { changedSettings } from '../../support/configurations.ts';
import { creationOrder } from '../../support/creation-order.ts';
import { exampleServices } from '../../support/services.ts';
import { specificationProblems } from '../../support/specification.ts';
import type { Template } from '../../support/template.ts';
import { anySettings, type Settings } from '../any-settings.ts';
import { cloudFormationSystem, intended, plainTemplates } from '../cloudformation.ts';
import { compare, unintended } from '../compare.ts';
import { sourceSystem } from '../synthesized.ts';

const services = Object.entries({ ledger, ...exampleServices });

describe.each(services)('the templates of %s', (_, service) => {
  it('deploy the same as the CDK app with any values of their parameters', async () => {
    const templates = await plainTemplates(service);
    fc.assert(
      fc.property(anySettings, (settings) => {
        const way = cloudFormationSystem(service, templates, settings);
        const found = compare(sourceSystem(service, settings), way);
        expect(unintended(found, intended, 'infra/cloudformation')).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});

describe.each(services)('the templates of %s by the specification of AWS', (_, service) => {
  it('have no problem', async () => {
    for (const { part, template } of await plainTemplates(service)) {
      const checked = template as unknown as Template;
      expect(specificationProblems(checked).map((problem) => `${part} ${problem}`)).toEqual([]);
      expect(() => creationOrder(checked)).not.toThrow();
    }
  });
});

describe('an option of the build', () => {
  const options = Object.keys(buildOptions) as readonly (keyof typeof buildOptions)[];

  it.each(options)('%s decides the templates as it decides the app', async (key) => {
    const chosen: Settings = changedSettings[key];
    const templates = await plainTemplates(booking, chosen);
    const settings = { ...chosen, PRIMARY_REGION: 'us-west-2', SECONDARY_REGION: 'us-east-1' };
    const found = compare(
      sourceSystem(booking, settings),
      cloudFormationSystem(booking, templates, settings),
    );
    expect(unintended(found, intended, 'infra/cloudformation')).toEqual([]);
  });
});
