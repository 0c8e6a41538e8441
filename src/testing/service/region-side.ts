/** One of the two Regions of a test service. */
export type RegionSide = 'primary' | 'secondary';
