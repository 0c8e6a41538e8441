import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../infra/two-regions/config.ts';
import { booking } from '../../support/booking.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { Settings } from '../any-settings.ts';
import { parseTemplate } from '../hcl/language.ts';
import type { Block } from '../hcl/module.ts';
import { describeService, readTerraform } from './terraform.ts';

const { '.': main } = await readTerraform();
const [witness] = main?.variable['witness_region'] ?? [];
const validations = (witness?.['validation'] ?? []) as readonly Block[];

/** The messages of a plan in these Regions, of which one has the name in Terraform. */
const refusals = (regions: readonly string[], environment: Settings = {}): readonly string[] => {
  const [primary_region, secondary_region, witness_region] = regions;
  const folder = join(temporaryFolder(), 'description');
  const description = describeService(booking, [], folder, environment);
  const names = () => ({ primary_region, secondary_region, witness_region, description });
  return validations
    .filter(({ condition }) => parseTemplate(String(condition))(names) === false)
    .map(({ error_message: message }) => String(parseTemplate(String(message))(names)));
};

describe('the Regions of a plan', () => {
  const choices =
    'us-east-1, us-east-2, us-west-2 | ap-northeast-1, ap-northeast-2, ap-northeast-3 | eu-central-1, eu-west-1, eu-west-2, eu-west-3';

  it.each([
    [['us-east-1', 'us-west-2', 'us-east-2']],
    [['ap-northeast-3', 'ap-northeast-1', 'ap-northeast-2']],
    [['eu-west-3', 'eu-central-1', 'eu-west-1']],
  ])('may be %j, which are of one set', (regions) => {
    expect(refusals(regions)).toEqual([]);
  });

  it.each([
    [['us-east-1', 'us-west-2', 'eu-west-1']],
    [['us-east-1', 'eu-west-1', 'eu-west-2']],
    [['us-east-1', 'us-west-2', 'us-west-1']],
  ])('are refused where they are %j, with the sets that DSQL has', (regions) => {
    expect(refusals(regions)).toEqual([
      `DSQL peers clusters within one set of Regions only. Take all three Regions from one of ${choices}, or build with a newer set in EXTRA_REGION_SET.`,
    ]);
  });

  it('may be of the set that the build names', () => {
    const nordic = ['eu-north-1', 'eu-west-1', 'eu-west-2'];
    expect(refusals(nordic)).toHaveLength(1);
    expect(refusals(nordic, { EXTRA_REGION_SET: nordic.join(', ') })).toEqual([]);
  });

  it('by default are of one set', () => {
    const { primaryRegion, secondaryRegion, witnessRegion } = readConfig({});
    expect(refusals([primaryRegion, secondaryRegion, witnessRegion])).toEqual([]);
  });
});
