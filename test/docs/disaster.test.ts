import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dlqOptions } from '../../packages/cli/src/commands/dlq/options.ts';
import { outageOptions } from '../../packages/cli/src/commands/outage/options.ts';
import { outboxOptions } from '../../packages/cli/src/commands/outbox/options.ts';
import { rowsOptions } from '../../packages/cli/src/commands/rows/options.ts';
import { statusOptions } from '../../packages/cli/src/commands/status/options.ts';
import { verifyOptions } from '../../packages/cli/src/commands/verify/options.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/disaster.md'), 'utf8');

/** As the variables of the page are set. */
const variables: Readonly<Record<string, string>> = {
  $HERE: '--stack antipode-ledger-primary --region us-east-1',
  $THERE: '--stack antipode-ledger-secondary --region us-west-2',
  $OTHER: 'us-west-2',
  $FROM: 'a'.repeat(26),
};

const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)]
  .flatMap(([, block = '']) => block.split('\n'))
  .filter((line) => line.startsWith('antipode '))
  .map((line) => line.replace(/ (?:\|\||>) .*$/, ''))
  .map((line) => line.replace(/\$[A-Z]+/g, (name) => variables[name] ?? name));

const read = ([, name, ...args]: readonly string[]): unknown => {
  if (name === 'status') return statusOptions(args);
  if (name === 'verify') return verifyOptions(args);
  if (name === 'dlq') return dlqOptions(args);
  if (name === 'outbox') return outboxOptions(args, {}, Date.now());
  if (name === 'rows') return rowsOptions(args);
  return outageOptions(args);
};

describe('the page about disasters', () => {
  it('has a part for each of its first table, with what is lost', () => {
    const rows = [...page.matchAll(/^\| .* \| \[(.*)\]\(#/gm)].map(([, title]) => title);
    expect(rows).toHaveLength(7);
    for (const title of rows) {
      const [part = ''] = page.split(`\n## ${title}\n`).slice(1);
      const own = part.split('\n## ')[0] ?? '';
      for (const word of ['**You notice**', '**It is over**', '**Lost at most**']) {
        expect(own, title).toContain(word);
      }
    }
  });

  it.each([...new Set(commands)])('shows a command that is read: %s', (line) => {
    expect(read(line.split(' '))).toBeDefined();
  });
});
