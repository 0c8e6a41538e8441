import { peeringProblem } from 'antipode/internal/domain';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import type { Assembly } from '../../local/template/assembly.ts';
import { objectOf } from '../../local/template/json.ts';
import type { LocalOptions } from '../../options.ts';

type Chosen = Pick<LocalOptions, 'regions' | 'witness'>;

/** The variables by which an app is told its Regions; one that was not chosen stays as it is. */
export const chosenRegions = ({ regions, witness }: Chosen): Readonly<Record<string, string>> => ({
  ...(regions && { PRIMARY_REGION: regions[0], SECONDARY_REGION: regions[1] }),
  ...(witness !== undefined && { WITNESS_REGION: witness }),
});

/**
 * Refuses a witness with which DSQL would not peer the clusters, before the app is synthesized. The
 * Regions that were not chosen are those of the environment. Those that the app chooses by itself
 * are not known yet.
 *
 * @throws {UsageError} with one line that says which Regions go together.
 */
export const refuseWrongWitness = (
  { regions, witness }: Chosen,
  environment: Terminal['environment'],
): void => {
  if (witness === undefined) return;
  const own = regions ?? [environment['PRIMARY_REGION'], environment['SECONDARY_REGION']];
  const known = own.filter((region) => region !== undefined);
  const problem = peeringProblem([...known, witness], environment['EXTRA_REGION_SET']);
  if (problem === undefined) return;
  const beside = known.length === 0 ? '' : ` beside ${known.join(',')}`;
  throw new UsageError(`--witness ${witness}${beside}: ${problem}`);
};

/** The witness Regions of an app's clusters, as the templates name them. */
const witnessesOf = ({ stacks }: Assembly): readonly unknown[] =>
  stacks
    .flatMap(({ template }) => [...template.resources.values()])
    .filter(({ type }) => type === 'AWS::DSQL::Cluster')
    .map(({ properties }) => objectOf(properties['MultiRegionProperties'])['WitnessRegion']);

/**
 * Refuses an app that ignores the chosen Regions, since it would run in others than the person
 * asked for.
 *
 * @throws {UsageError} with one line that names the variable that the app has to read.
 */
export const checkChosenRegions = (assembly: Assembly, { regions, witness }: Chosen): void => {
  const own = new Set(assembly.stacks.map(({ region }) => region));
  if (regions && ![...own].every((region) => regions.includes(region))) {
    throw new UsageError(
      `--regions ${regions.join(',')}: the app is in ${[...own].join(', ')}; it has to read PRIMARY_REGION and SECONDARY_REGION`,
    );
  }
  if (witness === undefined) return;
  const others = witnessesOf(assembly).filter((region) => region !== witness);
  if (others.length > 0) {
    throw new UsageError(
      `--witness ${witness}: the app's clusters have ${others[0] ?? 'none'}; it has to read WITNESS_REGION`,
    );
  }
};
