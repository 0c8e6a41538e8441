import { describe, expect, it } from 'vitest';
import { failures, findsFailure, shownAt, withPlanted } from './local-app/planted-failures.ts';

describe('a newcomer finds by the terminal and the log files', () => {
  const names = ['slow', 'sql', 'memory', 'leaves'] as const;
  it.each(names.map((name) => [failures[name].title, name] as const))('%s', (_, name) =>
    findsFailure(name),
  );

  it('an event that the schema of a consumer refuses, and the queue that gets it', async () => {
    // Both retries come within seconds.
    const { runner } = withPlanted('schema', '--schedule-speed', '60');
    await runner.prints('Ctrl-C ends it.');
    const queue =
      /is given up \(RetriesExhausted\) and sent to arn:aws:sqs:us-west-2:\d+:notes-failures/;
    const { shown, source } = shownAt(await runner.prints(queue), /Not a CloudEvents/);
    expect(shown).toMatch(/^ {2}WARN {3}InvalidInput: Not a CloudEvents 1\.0 envelope: /);
    expect(source).toMatch(/notes-listener in us-west-2, request \S+: Invocation refused$/);
  });
});
