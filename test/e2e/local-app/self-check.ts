import type { DescribeScenario } from '../../../packages/cli/src/local/index.ts';

/** The small app's check and examples, for the runner. */
export const scenario: DescribeScenario = () => ({
  examples: [
    {
      kind: 'invoke',
      title: 'Write',
      in: 'primary',
      functionName: 'notes-notes',
      payload: '{"write":"a"}',
    },
    { kind: 'http', title: 'List', in: 'secondary', functionName: 'notes-notes', body: '{}' },
  ],
  check: async ({ primary, secondary, step }) => {
    await step('write in the primary', async () =>
      JSON.stringify(await primary.invoke('notes-notes', { write: 'checked' })),
    );
    await step('read it in the secondary', async () =>
      JSON.stringify(await secondary.invoke('notes-notes', {})),
    );
  },
});
