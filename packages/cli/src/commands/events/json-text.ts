/** Members of an object in the order of their names, at every level. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, inOrder(member)]));
};

/** JSON for a file that is committed: the same value has the same bytes. */
export const jsonText = (value: unknown): string => `${JSON.stringify(inOrder(value), null, 2)}\n`;
