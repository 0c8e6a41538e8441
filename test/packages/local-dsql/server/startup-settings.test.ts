import { describe, expect, it } from 'vitest';
import { refuseStartupSettings } from '../../../../packages/local-dsql/src/server/startup-settings.ts';

const notSupported = { code: '0A000', message: expect.any(String) };

describe('the options of a startup packet', () => {
  it.each([
    '-c search_path=ledger',
    '-csearch_path=ledger --timezone=UTC',
    '  --TimeZone=UTC\t-c\tsearch-path=a\\ b ',
    '-c application_name=a\\ -S\\ 1',
    '-c client_encoding=unicode',
    '',
  ])('may set what a session may change: %j', (options) => {
    expect(refuseStartupSettings({ options })).toBeUndefined();
  });

  it.each([
    '-c lock_timeout=5',
    '-c lock\\_timeout=5',
    '--lock-timeout=5',
    '-\\c lock_timeout=5',
    '-S 65536',
    '-s',
    '-c search_path=ledger -S 65536',
    '-c',
    '-c search_path',
    '--search_path',
    '--',
    'search_path=ledger',
  ])('are refused with anything else: %j', (options) => {
    expect(refuseStartupSettings({ options })).toEqual(notSupported);
  });
});

describe('the encoding of a client', () => {
  it.each(['UTF8', 'utf-8', "'utf-8'", 'UNICODE'])('may be %s', (encoding) => {
    expect(refuseStartupSettings({ client_encoding: encoding })).toBeUndefined();
  });

  it.each([
    { client_encoding: 'LATIN1' },
    { Client_Encoding: 'SQL_ASCII' },
    { options: '--client-encoding=WIN1252' },
    { options: '-c client_encoding=' },
  ])('is refused when it is another: %o', (settings) => {
    const refusal = refuseStartupSettings(settings as Readonly<Record<string, string>>);
    expect(refusal).toEqual({
      code: '22023',
      message: expect.stringMatching(/^invalid value for parameter "client_encoding": /),
    });
  });
});
