import { createHash } from 'node:crypto';

/** A digest of the results of one execution: equal for equal rows in any order. */
export interface ResultDigest {
  readonly row: (bytes: Buffer) => void;
  readonly complete: (tag: string) => void;
  readonly equals: (other: ResultDigest) => boolean;
  /** Command tag, row count and digest in one text. */
  readonly summary: () => string;
}

const digestBits = 64n;

export const createResultDigest = (): ResultDigest => {
  let rows = 0;
  let digest = 0n;
  let completion = '';
  const summary = (): string => `${completion} ${rows} ${digest}`;
  return {
    row: (bytes) => {
      rows += 1;
      const hash = createHash('md5').update(bytes).digest().readBigUInt64BE();
      digest = BigInt.asUintN(Number(digestBits), digest + hash);
    },
    complete: (tag) => {
      completion = tag;
    },
    summary,
    equals: (other) => summary() === other.summary(),
  };
};
