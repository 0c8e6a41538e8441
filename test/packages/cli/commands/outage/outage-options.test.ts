import { expect, it } from 'vitest';
import { outageOptions } from '../../../../../packages/cli/src/commands/outage/options.ts';

const words = (text: string) => text.split(' ');

it.each([
  ['region', undefined],
  ['link', undefined],
  ['region stop us-west-2', { kind: 'regions', name: 'us-west-2', verb: 'stop' }],
  ['region start us-west-2', { kind: 'regions', name: 'us-west-2', verb: 'start' }],
  ['link cut', { kind: 'links', name: 'all', verb: 'cut' }],
  ['link mend', { kind: 'links', name: 'all', verb: 'mend' }],
  ['crash before-publish', { kind: 'crashes', name: 'before-publish', verb: 'plan' }],
  ['crash after-publish', { kind: 'crashes', name: 'after-publish', verb: 'plan' }],
])('reads local %s', (text, change) => {
  expect(outageOptions(words(text))).toEqual({ change, json: false });
  expect(outageOptions([...words(text), '--json'])).toEqual({ change, json: true });
});

it('prints its help', () => {
  expect(outageOptions(words('region stop --help'))).toBeUndefined();
});

it.each([
  ['region lose us-west-2', 'local region lose is no command: give stop or start, and a Region'],
  ['region stop', 'local region stop: give a Region, such as us-west-2'],
  ['region stop west', 'local region stop: give a Region, such as us-west-2'],
  ['region start us-west-2 now', 'local region start: now is one argument too many'],
  ['link sever', 'local link sever is no command: give cut or mend'],
  ['link cut us-west-2', 'local link cut: us-west-2 is one argument too many'],
  ['crash', 'local crash: give before-publish or after-publish'],
  ['crash now', 'local crash: give before-publish or after-publish'],
  ['crash after-publish twice', 'local crash after-publish: twice is one argument too many'],
  ['region --force', "Unknown option '--force': see antipode local region --help"],
])('refuses local %s in one line', (text, message) => {
  expect(() => outageOptions(words(text))).toThrow(message);
});
