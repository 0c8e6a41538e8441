import { describe, expect, it } from 'vitest';
import { eventsOptions } from '../../../../../packages/cli/src/commands/events/events-options.ts';

describe('the options of antipode events', () => {
  it('have defaults, and the service of the project', () => {
    expect(eventsOptions(['check'], { service: 'src/service.ts' })).toEqual({
      command: 'check',
      service: 'src/service.ts',
      snapshots: 'events',
      write: false,
      strict: false,
      json: false,
    });
    expect(eventsOptions(['docs', '--service', 'a.ts', '--out', 'docs'])).toMatchObject({
      command: 'docs',
      service: 'a.ts',
      out: 'docs',
    });
  });

  it.each(['--help', '-h'])('ask for help with %s', (flag) => {
    expect(eventsOptions([flag])).toBeUndefined();
  });

  it.each([
    [[], 'give asyncapi, docs, check, send or replay: see antipode events --help'],
    [['list'], 'events list is no command: give asyncapi, docs, check, send or replay'],
    [['check', 'more'], 'more is one argument too many: see antipode events --help'],
    [['check', '--service', ''], /--service is empty/],
    [['check', '--snapshots', ''], /--snapshots is empty/],
    [['docs', '--out', ''], /--out is empty/],
    [['check', '--oops'], /^Unknown option '--oops'.*: see antipode events --help$/],
    [['check', '--out', 'a'], '--out a: check writes snapshots, give --write and --snapshots'],
    [['docs', '--write'], '--write: only check takes it'],
    [['asyncapi', '--strict'], '--strict: only check takes it'],
    [['docs', '--json'], '--json: only check takes it'],
  ])('are refused in one line: %j', (args, message) => {
    expect(() => eventsOptions(args, { service: 's.ts' })).toThrow(message);
  });

  it('are refused without a service', () => {
    expect(() => eventsOptions(['check'])).toThrow(
      'no service: give --service MODULE, or "antipode:service" in cdk.json',
    );
  });
});
