/**
 * The sets of Regions within which DSQL peers clusters. None crosses continents (DSQL user guide,
 * multi-Region clusters).
 */
export const regionSets: readonly (readonly string[])[] = [
  ['us-east-1', 'us-east-2', 'us-west-2'],
  ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
  ['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
];

/**
 * The sets of Regions, with one that a person names.
 *
 * @param extraSet one more set, for Regions that AWS has opened since:
 * `eu-north-1,eu-west-1,eu-west-2`
 */
export const regionSetsWith = (extraSet: string | undefined): readonly (readonly string[])[] =>
  extraSet ? [...regionSets, extraSet.split(',').map((region) => region.trim())] : regionSets;

/**
 * Why DSQL would not peer clusters in these Regions, as the end of a sentence; `undefined` where it
 * does. A Region that is not known yet is left out.
 *
 * @param regions those of the two clusters and of the witness
 * @param extraSet one more set, as for `regionSetsWith`
 */
export const peeringProblem = (
  regions: readonly string[],
  extraSet: string | undefined,
): string | undefined => {
  if (new Set(regions).size < regions.length) {
    return 'use three different Regions, two for the clusters and one for the witness';
  }
  const sets = regionSetsWith(extraSet);
  if (sets.some((set) => regions.every((region) => set.includes(region)))) return undefined;
  const choices = sets.map((set) => set.join(', ')).join(' | ');
  return `DSQL peers clusters within one set of Regions only; take all three from one of ${choices}, or name a newer set in EXTRA_REGION_SET`;
};
