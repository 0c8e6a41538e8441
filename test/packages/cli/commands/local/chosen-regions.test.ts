import { describe, expect, it } from 'vitest';
import {
  checkChosenRegions,
  chosenRegions,
  refuseWrongWitness,
} from '../../../../../packages/cli/src/commands/local/chosen-regions.ts';
import {
  type Assembly,
  readTemplate,
} from '../../../../../packages/cli/src/local/template/assembly.ts';
import type { JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import { UsageError } from '../../../../../packages/local-dsql/src/process/command-options.ts';

const appIn = (regions: readonly string[], multiRegion?: JsonObject): Assembly => ({
  directory: 'cdk.out',
  stacks: regions.map((region) => ({
    name: `app-${region}`,
    region,
    assets: new Map(),
    template: readTemplate({
      Resources: {
        Cluster: {
          Type: 'AWS::DSQL::Cluster',
          Properties: multiRegion ? { MultiRegionProperties: multiRegion } : {},
        },
      },
    }),
  })),
});

const pair = ['us-east-1', 'us-west-2'] as const;

describe('the Regions that a person chooses', () => {
  it('reach the app by its variables, and only those that were chosen', () => {
    expect(chosenRegions({ regions: pair, witness: 'us-east-2' })).toEqual({
      PRIMARY_REGION: 'us-east-1',
      SECONDARY_REGION: 'us-west-2',
      WITNESS_REGION: 'us-east-2',
    });
    expect(chosenRegions({ witness: 'us-east-2' })).toEqual({ WITNESS_REGION: 'us-east-2' });
    expect(chosenRegions({})).toEqual({});
  });

  it('are taken when the app follows them, also an app that is in one of them', () => {
    const app = appIn(pair, { WitnessRegion: 'us-east-2' });
    checkChosenRegions(app, { regions: pair, witness: 'us-east-2' });
    checkChosenRegions(app, {});
    checkChosenRegions(appIn(['us-west-2']), { regions: pair });
  });

  it.each([
    [{ regions: ['eu-west-1', 'eu-west-2'] as const }, 'the app is in us-east-1, us-west-2'],
    [{ regions: ['us-east-1', 'us-east-2'] as const }, 'the app is in us-east-1, us-west-2'],
    [{ witness: 'us-west-1' }, "the app's clusters have us-east-2; it has to read WITNESS_REGION"],
  ])('are refused in one line when the app does not follow %j', (chosen, reason) => {
    const app = appIn(pair, { WitnessRegion: 'us-east-2' });
    expect(() => checkChosenRegions(app, chosen)).toThrow(UsageError);
    expect(() => checkChosenRegions(app, chosen)).toThrow(reason);
    expect(() => checkChosenRegions(app, chosen)).toThrow(/^[^\n]*$/);
  });

  it('are refused when a cluster has no witness at all', () => {
    expect(() => checkChosenRegions(appIn(pair), { witness: 'us-east-2' })).toThrow('have none');
  });
});

describe('a witness that a person chooses', () => {
  const together = 'DSQL peers clusters within one set of Regions only; take all three from one of';

  it('is taken before the synthesis where DSQL peers the Regions that are known', () => {
    refuseWrongWitness({ witness: 'eu-west-3' }, {});
    refuseWrongWitness({ regions: pair, witness: 'us-east-2' }, { PRIMARY_REGION: 'eu-west-1' });
    refuseWrongWitness({ witness: 'us-east-2' }, { PRIMARY_REGION: 'us-west-2' });
    refuseWrongWitness(
      { regions: ['eu-north-1', 'eu-west-1'], witness: 'eu-west-2' },
      { EXTRA_REGION_SET: 'eu-north-1, eu-west-1, eu-west-2' },
    );
    refuseWrongWitness({ regions: ['us-east-1', 'eu-west-1'] }, { WITNESS_REGION: 'us-west-1' });
  });

  it.each([
    [{ regions: pair, witness: 'eu-west-1' }, {}, '--witness eu-west-1 beside us-east-1,us-west-2'],
    [{ witness: 'us-west-1' }, {}, '--witness us-west-1'],
    [{ witness: 'eu-west-1' }, { SECONDARY_REGION: 'us-west-2' }, 'eu-west-1 beside us-west-2'],
  ])('is refused before the synthesis: %j in %j', (chosen, environment, beginning) => {
    const refusal = () => refuseWrongWitness(chosen, environment);
    expect(refusal).toThrow(UsageError);
    expect(refusal).toThrow(`${beginning}: ${together}`);
    expect(refusal).toThrow(/^[^\n]*$/);
  });

  it('is refused where it is one of the Regions of the environment', () => {
    expect(() =>
      refuseWrongWitness({ witness: 'us-east-1' }, { PRIMARY_REGION: 'us-east-1' }),
    ).toThrow('--witness us-east-1 beside us-east-1: use three different Regions');
  });
});
