/**
 * How the Regions of a partition begin, and the partition's domains for IPv4 and for dual stack.
 * The partitions `aws` and `aws-us-gov` have the same domains, which are also those of a Region
 * that is newer than this list.
 */
const partitions = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['', 'amazonaws.com', 'api.aws'],
] as const;

/** The domains of AWS's services in a Region, for IPv4 and for dual stack. */
export type RegionDomains = { readonly ipv4: string; readonly dualStack: string };

/** The domains of AWS's services in the partition of a Region. */
export const domainsOf = (region: string): RegionDomains => {
  const [, ipv4, dualStack] =
    partitions.find(([beginning]) => region.startsWith(beginning)) ?? partitions[6];
  return { ipv4, dualStack };
};
