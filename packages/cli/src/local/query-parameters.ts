/** The structures of a list parameter: `Tags.member.1.Key=a` is the first one's `Key`. */
export const structuresOf = (
  parameters: URLSearchParams,
  list: string,
): readonly Readonly<Record<string, string>>[] => {
  const found = new Map<number, Record<string, string>>();
  for (const [name, value] of parameters) {
    const [first, , index, ...path] = name.split('.');
    const at = Number(index);
    if (first !== list || !Number.isInteger(at)) continue;
    const structure = found.get(at) ?? {};
    structure[path.join('.')] = value;
    found.set(at, structure);
  }
  return [...found].sort(([one], [other]) => one - other).map(([, structure]) => structure);
};

/** The texts of a list parameter: `Capabilities.member.1=CAPABILITY_IAM`. */
export const textsOf = (parameters: URLSearchParams, list: string): readonly string[] =>
  structuresOf(parameters, list).flatMap((one) => one[''] ?? []);

/** A Boolean parameter; `undefined` where it is absent. */
export const booleanOf = (parameters: URLSearchParams, name: string): boolean | undefined => {
  const value = parameters.get(name);
  return value === null ? undefined : value === 'true';
};

/** A text parameter; `undefined` where it is absent or empty. */
export const textOf = (parameters: URLSearchParams, name: string): string | undefined =>
  parameters.get(name) || undefined;
