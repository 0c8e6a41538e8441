/** A part of a list, and the token that asks for the next part; absent from the last one. */
export type Page<Item> = { readonly items: readonly Item[]; readonly nextToken?: string };

const tokenFor = (name: string): string => Buffer.from(name).toString('base64url');

/**
 * The part of a list after the one that gave the token, or undefined if no list of these items gave
 * it.
 *
 * @param nameOf Names an item uniquely, so that a token stays valid when the list grows.
 */
export const pageOf = <Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { itemsMax, token }: { readonly itemsMax: number; readonly token?: string | undefined },
): Page<Item> | undefined => {
  const last = items.findIndex((item) => tokenFor(nameOf(item)) === token);
  if (token !== undefined && last < 0) return undefined;
  const part = items.slice(last + 1, last + 1 + itemsMax);
  const end = part.at(-1);
  const isLast = end === undefined || last + 1 + itemsMax >= items.length;
  return isLast ? { items: part } : { items: part, nextToken: tokenFor(nameOf(end)) };
};
