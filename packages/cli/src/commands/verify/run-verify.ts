import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { plainJson, plainLine } from '../../plain-text.ts';
import { sdkPackages } from '../regions/halves-options.ts';
import { createRegionView } from '../regions/region-view.ts';
import { findHalves } from '../regions/service-halves.ts';
import { requirePackages } from '../service/sdk.ts';
import { counted } from '../service/tables.ts';
import type { CheckResult } from './check.ts';
import type { VerifyOptions } from './options.ts';
import { remedyOf } from './remedies.ts';
import { type ViewedHalf, verify } from './verify.ts';

/** The lines of one result: the check, then the reason and the remedy where it has failed. */
export const resultLines = (result: CheckResult): readonly string[] => {
  const { region, name, ok, ms, detail, remedy } = result;
  const line = `${ok ? 'ok  ' : 'FAIL'}  ${region}  ${name}: ${detail}  (${ms} ms)`;
  return remedy === undefined ? [line] : [line, `      next: ${remedy}`];
};

const summary = (results: readonly CheckResult[]): string => {
  const failed = results.filter(({ ok }) => !ok).length;
  return failed === 0
    ? `all ${counted(results.length, 'check')} passed`
    : `${failed} of ${counted(results.length, 'check')} failed`;
};

/** A message with the command that comes next needs no other one. */
const saysNextStep = /antipode local|npm install|npx cdk/;

/**
 * `antipode verify`: says of a deployed service whether it works in both Regions, and of each part
 * that does not, which command mends it.
 *
 * @returns whether all is well
 * @throws {Error} with one line, and the next step, where packages of the AWS SDK are missing, or
 * where no half of the service is found
 */
export const runVerify = async (options: VerifyOptions, terminal: Terminal): Promise<boolean> => {
  requirePackages(sdkPackages);
  const { json } = options;
  const found = await findHalves(options, terminal).catch((error: unknown) => {
    const { message } = error as Error;
    if (error instanceof UsageError || saysNextStep.test(message)) throw error;
    const next = remedyOf(error, undefined, options.region ?? 'the Region');
    throw new Error(`${message}: ${next}`, { cause: error });
  });
  const halves: readonly ViewedHalf[] = found.map(({ service, ...half }) =>
    service ? { ...half, view: createRegionView(service) } : half,
  );
  const results: CheckResult[] = [];
  try {
    const ok = await verify(halves, options, (result) => {
      results.push(result);
      if (json) return;
      for (const line of resultLines(result)) terminal.print(plainLine(line));
    });
    terminal.print(json ? plainJson({ ok, checks: results }) : summary(results));
    return ok;
  } finally {
    for (const { view } of halves) view?.close();
  }
};
