import { expect, it } from 'vitest';
import {
  newTraceHeader,
  validTraceHeader,
} from '../../../../packages/cli/src/local/trace-header.ts';

const root = 'Root=1-5759e988-bd862e3fe1be46a994272793';

it.each([root, `${root};Parent=53995c3f42cd8ad8;Sampled=1`, `Sampled=?;${root}`, newTraceHeader()])(
  'takes the trace header %s as it is',
  (header) => expect(validTraceHeader(header)).toBe(header),
);

it.each([
  undefined,
  '',
  'Sampled=1',
  'Root=1-5759e988',
  'Root=2-5759e988-bd862e3fe1be46a994272793',
  `${root};Lineage=${'a'.repeat(500)}`,
  `${root}\n`,
])('drops the trace header %j', (header) => {
  expect(validTraceHeader(header)).toBeUndefined();
});
