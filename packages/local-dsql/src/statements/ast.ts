/** Fields of a node of PostgreSQL's parse tree, as `libpg-query` writes it in JSON. */
export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A node is an object with one key, its tag: `{ "SelectStmt": { … } }`. */
export const untag = (node: unknown): readonly [tag: string, fields: Fields] => {
  const [entry] = isFields(node) ? Object.entries(node) : [];
  return entry && isFields(entry[1]) ? [entry[0], entry[1]] : ['', {}];
};

/** The fields of a node that is known to have this tag, or `undefined` for another one. */
export const fieldsOf = (node: unknown, tag: string): Fields | undefined => {
  const [found, fields] = untag(node);
  return found === tag ? fields : undefined;
};

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const object = (value: unknown): Fields => (isFields(value) ? value : {});

/** The parts of a name that a node gives as a list of strings, such as `["pg_catalog", "int4"]`. */
export const nameParts = (value: unknown): readonly string[] =>
  list(value).map((part) => text(fieldsOf(part, 'String')?.['sval']));

/** The options of a statement that come as `DefElem`, by name. */
export const options = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(
    list(value).flatMap((item) => {
      const element = fieldsOf(item, 'DefElem');
      return element ? [[text(element['defname']), element['arg']] as const] : [];
    }),
  );

/**
 * The value of a constant, whichever way the grammar wrapped it; zero and `""` are left out of the
 * JSON.
 */
export const constant = (node: unknown): string | number | undefined => {
  const [tag, fields] = untag(node);
  if (tag === 'Integer') return Number(fields['ival'] ?? 0);
  if (tag === 'Float') return Number(fields['fval']);
  if (tag === 'String') return text(fields['sval']);
  if (tag !== 'A_Const') return undefined;
  if ('sval' in fields) return text(object(fields['sval'])['sval']);
  if ('ival' in fields) return Number(object(fields['ival'])['ival'] ?? 0);
  if ('fval' in fields) return Number(object(fields['fval'])['fval']);
  return undefined;
};

/** Calls `visit` for every tagged node below and including `root`. */
export const walk = (root: unknown, visit: (tag: string, fields: Fields) => void): void => {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit);
    return;
  }
  if (!isFields(root)) return;
  for (const [key, value] of Object.entries(root)) {
    // Tags begin with a capital letter, names of fields do not.
    if (isFields(value) && /^[A-Z]/.test(key)) visit(key, value);
    walk(value, visit);
  }
};
