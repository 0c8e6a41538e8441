import { describe, expect, it } from 'vitest';
import { initHelp, initOptions } from '../../../../../packages/cli/src/commands/init/options.ts';
import { UsageError } from '../../../../../packages/local-dsql/src/process/command-options.ts';

const read = (line: string, directory = '/home/ada/web-shop') =>
  initOptions(line.split(' ').filter(Boolean), directory);

const refusal = (line: string, directory?: string): string => {
  try {
    return JSON.stringify(read(line, directory));
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
};

describe('the options of init', () => {
  it('have a default for everything', () => {
    expect(read('')).toEqual({
      folder: '/home/ada/web-shop',
      name: 'web-shop',
      schema: 'web_shop',
      template: 'service',
    });
  });

  it('name a folder, whose last name is that of the service', () => {
    expect(read('../code/box-office')).toMatchObject({
      folder: '/home/ada/code/box-office',
      name: 'box-office',
      schema: 'box_office',
    });
    expect(read('.')).toMatchObject({ folder: '/home/ada/web-shop', name: 'web-shop' });
  });

  it('name the service and the template', () => {
    expect(read('shop --name box-office --template minimal')).toEqual({
      folder: '/home/ada/web-shop/shop',
      name: 'box-office',
      schema: 'box_office',
      template: 'minimal',
    });
  });

  it('refuse a folder whose name no service may have, and say how to correct it', () => {
    expect(refusal('', '/home/ada/Web_Shop')).toBe(
      'init: The service name "Web_Shop" must be kebab-case of at most 24 characters: give one, such as --name web-shop',
    );
    expect(refusal('--name box-office', '/home/ada/Web_Shop')).toContain('"name":"box-office"');
    expect(refusal('', '/')).toContain('give one, such as');
  });

  it.each([
    'Shop',
    '1st',
    'web_shop',
    'n'.repeat(25),
    'pg-shop',
    'admin',
    'sys',
    'information-schema',
  ])('refuse the name %s, as defineService does', (name) => {
    expect(refusal(`--name ${name}`)).toMatch(/^init: The .* must be .*: give another one$/);
  });

  it.each([
    ['--template large', '--template large: give service or minimal'],
    ['a b', 'init: b is one argument too many'],
    ['--name=', '--name is empty: give a value or leave it out'],
    ['--force', "Unknown option '--force': see antipode init --help"],
  ])('refuse %j in one line', (line, message) => expect(refusal(line)).toBe(message));

  it('are not read where help is asked for', () => {
    expect(read('--help', '/')).toBeUndefined();
    expect(initHelp).toMatch(/--name .*--template service .*--template minimal /s);
  });
});
