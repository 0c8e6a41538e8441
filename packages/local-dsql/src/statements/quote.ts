/** A text as a literal of SQL, whatever `standard_conforming_strings` says. */
export const quoteLiteral = (value: string): string => {
  const quoted = `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
};
