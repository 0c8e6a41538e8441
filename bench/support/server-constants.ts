/** The Region that the benchmarks' endpoint says it is in. */
export const serverRegion = 'us-east-1';

/** Keys that the benchmarks' endpoint accepts; they are AWS's own examples. */
export const serverCredentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
} as const;
