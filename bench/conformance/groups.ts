import type { ConformanceGroup } from './conformance-group.ts';
import { eventBridgeGroup } from './eventbridge.ts';
import { protocolGroup } from './protocol.ts';
import { sqsGroup } from './sqs.ts';
import { templatesGroup } from './templates.ts';

/** Every group of cases of our own. */
export const conformanceGroups: readonly ConformanceGroup[] = [
  eventBridgeGroup,
  sqsGroup,
  protocolGroup,
  templatesGroup,
];
