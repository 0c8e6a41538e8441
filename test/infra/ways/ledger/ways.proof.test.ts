import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildOptions } from '../../../../infra/cloudformation/parameters.ts';
import { absentSettings } from '../../../../infra/terraform/absent-settings.ts';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import type { DeclaredService } from '../../../../src/domain/kernel/index.ts';
import { booking } from '../../support/booking.ts';
import { changedSettings } from '../../support/configurations.ts';
import { creationOrder } from '../../support/creation-order.ts';
import { exampleServices } from '../../support/services.ts';
import { specificationProblems } from '../../support/specification.ts';
import type { Template } from '../../support/template.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { anySettings, type Settings } from '../any-settings.ts';
import * as cloudFormation from '../cloudformation.ts';
import { compare, unintended } from '../compare.ts';
import { sourceSystem } from '../synthesized.ts';
import { namedSystem } from '../terraform/named-resources.ts';
import * as terraform from '../terraform/terraform.ts';

/** A synthesis and ten comparisons take half a minute, and minutes beside other proofs. */
const timeout = 600_000;

const services = Object.entries({ ledger, ...exampleServices });

const modules = await terraform.readTerraform();

/** The differences of each way that nobody meant, all from one synthesis of the CDK app. */
const waysOf = async (service: DeclaredService, options: Settings = {}) => {
  const templates = await cloudFormation.plainTemplates(service, options);
  const describe = () => terraform.describeService(service, templates, temporaryFolder());
  let description: string | undefined;
  return (settings: Settings) => {
    const source = sourceSystem(service, settings);
    return {
      cloudFormation: () => {
        const found = compare(
          source,
          cloudFormation.cloudFormationSystem(service, templates, settings),
        );
        return unintended(found, cloudFormation.intended, 'infra/cloudformation');
      },
      terraform: () => {
        description ??= describe();
        const plan = terraform.planOf(modules, description, settings);
        const found = compare(namedSystem(source, plan.regions), terraform.terraformSystem(plan));
        return unintended(found, terraform.intended(settings), 'infra/terraform');
      },
    };
  };
};

describe.each(services)('each way to deploy %s', (_, service) => {
  it('deploys the same as the CDK app with any values of the parameters', { timeout }, async () => {
    const ways = await waysOf(service);
    fc.assert(
      fc.property(anySettings, (settings) => {
        const { cloudFormation, terraform } = ways(settings);
        expect(cloudFormation()).toEqual([]);
        expect(terraform()).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});

describe.each(services)('the templates of %s by the specification of AWS', (_, service) => {
  it('have no problem', async () => {
    for (const { part, template } of await cloudFormation.plainTemplates(service)) {
      const checked = template as unknown as Template;
      expect(specificationProblems(checked).map((problem) => `${part} ${problem}`)).toEqual([]);
      expect(() => creationOrder(checked)).not.toThrow();
    }
  });
});

describe('an option of the build', () => {
  const options = Object.keys(buildOptions) as readonly (keyof typeof buildOptions)[];

  it.each(options)('%s decides each way that has it as the app', { timeout }, async (key) => {
    const chosen: Settings = changedSettings[key];
    const settings = { ...chosen, PRIMARY_REGION: 'us-west-2', SECONDARY_REGION: 'us-east-1' };
    const { cloudFormation, terraform } = (await waysOf(booking, chosen))(settings);
    expect(cloudFormation()).toEqual([]);
    if (!Object.hasOwn(absentSettings, key)) expect(terraform()).toEqual([]);
  });
});
