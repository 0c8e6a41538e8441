import type { ConformanceGroup } from './conformance-group.ts';
import { dsqlGroup } from './dsql.ts';
import { eventBridgeGroup } from './eventbridge.ts';
import { httpGroup } from './http.ts';
import { lambdaGroup } from './lambda.ts';
import { protocolGroup } from './protocol.ts';
import { sqsGroup } from './sqs.ts';
import { sqsRedriveGroup } from './sqs-redrive.ts';
import { templatesGroup } from './templates.ts';

/** Every group of cases of our own. */
export const conformanceGroups: readonly ConformanceGroup[] = [
  eventBridgeGroup,
  sqsGroup,
  sqsRedriveGroup,
  lambdaGroup,
  protocolGroup,
  httpGroup,
  templatesGroup,
  dsqlGroup,
];
