/**
 * The parts of a function's name in a request: a name, a partial or a whole ARN, each with or
 * without qualifier.
 */
export type FunctionIdentifier = {
  readonly region?: string | undefined;
  readonly account?: string | undefined;
  readonly name: string;
  readonly qualifier?: string | undefined;
};

/** The unpublished version, the only one here. */
export const latestVersion = '$LATEST';

/** Lengths of `FunctionName` and `Qualifier` (Invoke, API reference). */
const identifierLengthMax = 170;
const qualifierLengthMax = 128;

/** The patterns as Lambda's messages quote them (recorded 2025-11-25). */
const identifierRule = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
const qualifierRule = String.raw`\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`;

const identifierPattern =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[\w.-]+)(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[\w-]+))?$/;
const qualifierPattern = /^[\w$-]+$|^\$LATEST\.PUBLISHED$/;

/**
 * Reads the name or the ARN by which a request names a function; `undefined` if it has none of
 * Lambda's forms.
 */
export const parseIdentifier = (identifier: string): FunctionIdentifier | undefined => {
  const parts = identifierPattern.exec(identifier)?.groups;
  const { region, account, name, qualifier } = parts ?? {};
  return name === undefined ? undefined : { region, account, name, qualifier };
};

/** The name of a function in its name or ARN; the whole text if that has none of Lambda's forms. */
export const functionNameIn = (identifier: string): string =>
  parseIdentifier(identifier)?.name ?? identifier;

const flaw = (value: string, parameter: string, constraint: string): string =>
  `Value '${value}' at '${parameter}' failed to satisfy constraint: Member must ${constraint}`;

const lengthFlaw = (value: string, parameter: string, max: number): readonly string[] =>
  value.length > max ? [flaw(value, parameter, `have length less than or equal to ${max}`)] : [];

const patternFlaw = (value: string, parameter: string, rule: string): string =>
  flaw(value, parameter, `satisfy regular expression pattern: ${rule}`);

/**
 * Lambda's message about a name and a qualifier that it cannot read, nothing if it can. A name that
 * has no form of Lambda's is not measured.
 */
export const identifierFlaw = (
  identifier: string,
  qualifier: string | undefined,
): string | undefined => {
  const flaws = [
    ...(identifierPattern.test(identifier)
      ? lengthFlaw(identifier, 'functionName', identifierLengthMax)
      : [patternFlaw(identifier, 'functionName', identifierRule)]),
    ...(qualifier === undefined ? [] : lengthFlaw(qualifier, 'qualifier', qualifierLengthMax)),
    ...(qualifier === undefined || qualifierPattern.test(qualifier)
      ? []
      : [patternFlaw(qualifier, 'qualifier', qualifierRule)]),
  ];
  const errors = flaws.length === 1 ? 'error' : 'errors';
  return flaws.length === 0
    ? undefined
    : `${flaws.length} validation ${errors} detected: ${flaws.join('; ')}`;
};

export const functionArn = (
  region: string,
  account: string,
  { name, qualifier }: Pick<FunctionIdentifier, 'name' | 'qualifier'>,
): string => {
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
};
