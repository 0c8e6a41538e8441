import { constructsOf } from './constructs.ts';
import { evidenceOf } from './evidence.ts';
import type { RecordedStatement } from './recorder.ts';

const shownLengthMax = 160;

/**
 * The constructs of these statements that no document, recording or code of AWS shows DSQL to take.
 * Call `loadGrammar` first.
 */
export const missingEvidence = (statements: readonly RecordedStatement[]): readonly string[] => [
  ...new Map(
    statements.flatMap((one) =>
      [...constructsOf(one)]
        .filter((construct) => !evidenceOf.has(construct))
        .map((construct) => [
          construct,
          `${construct}: ${one.sql.replaceAll(/\s+/g, ' ').trim().slice(0, shownLengthMax)}`,
        ]),
    ),
  ).values(),
];
