import { commandBugs } from './commands.ts';
import { consumerBugs } from './consumers.ts';
import { duplicateBugs } from './duplicates.ts';
import { outboxBugs } from './outbox.ts';
import type { PlantedBug } from './planted-bug.ts';

/** Every mistake that the oracles must find. */
export const plantedBugs: readonly PlantedBug[] = [
  ...commandBugs,
  ...outboxBugs,
  ...duplicateBugs,
  ...consumerBugs,
];
