import { type Bundle, bundle, omittableParts } from 'antipode/bundling';

/**
 * Bundles an entry into the folder `orders` below `outdir`, without the parts that it does not
 * reach.
 */
export const bundleOrders = (entry: string, outdir: string): Promise<Bundle> =>
  bundle({ entry, outdir, name: 'orders', omit: omittableParts });
