import type { NamedTest, Row } from './checklist.ts';

/** A test as Vitest reports it in JSON. */
export type ReportedTest = { readonly fullName: string; readonly status: string };

/** The report of Vitest, as far as the table reads it. */
export type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly ReportedTest[];
  }[];
};

/** The result of a row: `failed` also where no test of the name has run. */
export type Verdict = 'passed' | 'failed';

const verdictOf = ({ testResults }: Report, [file, name]: NamedTest): Verdict => {
  const found = testResults
    .filter((result) => result.name.replaceAll('\\', '/').endsWith(`/${file}`))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => fullName.includes(name));
  return found.length > 0 && found.every(({ status }) => status === 'passed') ? 'passed' : 'failed';
};

/** The verdict on each row: passed if both of its tests have run and passed. */
export const judgeRows = (
  rows: readonly Row[],
  report: Report,
): readonly { readonly row: Row; readonly positive: Verdict; readonly negative: Verdict }[] =>
  rows.map((row) => ({
    row,
    positive: verdictOf(report, row.positive),
    negative: verdictOf(report, row.negative),
  }));
