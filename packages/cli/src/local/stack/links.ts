import type { LocalStack } from './local-stack.ts';

/** The link between two Regions. */
export type Link = { readonly between: readonly [string, string]; readonly cut: boolean };

type LinkedStack<Does extends 'isCut' | 'cut' | 'restore'> = {
  readonly regions: readonly Pick<LocalStack['regions'][number], 'region'>[];
  readonly network: Pick<LocalStack['network'], Does>;
};

const pairsOf = ({ regions }: Pick<LinkedStack<'isCut'>, 'regions'>): readonly Link['between'][] =>
  regions.flatMap(({ region: one }, at) =>
    regions.slice(at + 1).map(({ region: other }) => [one, other] as const),
  );

/** The link between each two Regions of a stack, and which of them are cut now. */
export const linksOf = (stack: LinkedStack<'isCut'>): readonly Link[] =>
  pairsOf(stack).map((between) => ({ between, cut: stack.network.isCut(...between) }));

/** Cuts or mends the links between all Regions of a stack. */
export const setLinksCut = (stack: LinkedStack<'cut' | 'restore'>, isCut: boolean): void => {
  const { cut, restore } = stack.network;
  for (const between of pairsOf(stack)) (isCut ? cut : restore)(...between);
};
