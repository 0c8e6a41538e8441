import { describe, expect, it } from 'vitest';
import { listMessages } from '../../../../../packages/cli/src/commands/dlq/run-list.ts';
import { message, queue, queueOf, service } from './dlq-fixture.ts';

const list = async (ids: readonly string[], { json = false, messagesMax = 10 } = {}) => {
  const shown: { json: object; lines: readonly string[] }[] = [];
  const command = { name: 'list', messagesMax } as const;
  const { queues, hidden } = queueOf(ids);
  await listMessages(
    {
      options: { command, json, dryRun: false, yes: false, local: false },
      ...{ service, queues, chosen: [queue] },
      show: (value, lines) => void shown.push({ json: value, lines }),
    },
    command,
  );
  expect(hidden.size).toBe(0);
  return shown[0];
};

describe('antipode dlq list', () => {
  it('shows a line for each message, and counts them all', async () => {
    const shown = await list(['a', 'b', 'c'], { messagesMax: 2 });
    expect(shown?.lines[0]).toBe('us-east-1 dead: 3 messages');
    expect(shown?.lines.slice(1)).toEqual([
      expect.stringMatching(/^ {2}a /),
      expect.stringMatching(/^ {2}b /),
    ]);
  });

  it('shows whole messages to a program, so that it can keep them', async () => {
    const shown = await list(['a'], { json: true });
    expect(shown?.json).toMatchObject({
      queues: [
        { queue: 'dead', messages: [{ id: 'a', body: JSON.parse(message('a').Body ?? '') }] },
      ],
    });
  });
});
