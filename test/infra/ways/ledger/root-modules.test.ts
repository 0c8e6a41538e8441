import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { booking } from '../../support/booking.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { plainTemplates } from '../cloudformation.ts';
import { parseTemplate } from '../hcl/language.ts';
import { type Block, parseFile, readModule } from '../hcl/module.ts';
import { describeService, terraformFolder } from '../terraform/terraform.ts';

const examples = join(terraformFolder, 'examples');
const read = (example: string, file: string): string =>
  readFileSync(join(examples, example, file), 'utf8');

const module = await readModule(terraformFolder);
const ledger = await readModule(join(examples, 'ledger'));
const values = await parseFile('values.tf', read('ledger', 'terraform.tfvars.example'));
const description = describeService(
  booking,
  await plainTemplates(booking),
  join(temporaryFolder(), 'description'),
);

/** Arguments of the call that a root module gives by itself. */
const ownArguments = ['source', 'providers', 'description', 'archives'];

const defaultsOf = (variables: typeof module.variable): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, [block]]) => [name, block?.['default']]),
  );

/** The messages with which the module refuses values of its variables. */
const refusals = (given: Readonly<Record<string, unknown>>): readonly string[] => {
  const names = () => ({ ...defaultsOf(module.variable), ...given, description });
  return Object.values(module.variable)
    .flatMap(([block]) => (block?.['validation'] ?? []) as readonly Block[])
    .filter(({ condition }) => parseTemplate(String(condition))(names) !== true)
    .map(({ error_message: message }) => String(parseTemplate(String(message))(names)));
};

/** Each team copies one of them, so each is whole. */
describe('the two root modules', () => {
  it.each(['variables.tf', 'outputs.tf', 'versions.tf', 'terraform.tfvars.example'])(
    'have the same %s, but for the name of the service',
    (file) => {
      expect(read('ledger', file).replaceAll('ledger', 'booking')).toBe(read('booking', file));
    },
  );

  it('have the same main.tf, but for the name of the service and comments', () => {
    const withoutComments = (text: string) => text.replaceAll(/^ *#.*\n/gm, '');
    expect(withoutComments(read('ledger', 'main.tf')).replaceAll('ledger', 'booking')).toBe(
      withoutComments(read('booking', 'main.tf')),
    );
  });

  it('declare variables as the module does, without its validation, and pass on each', () => {
    const [call = {}] = ledger.module['ledger'] ?? [];
    for (const [name, [variable]] of Object.entries(ledger.variable)) {
      const { validation: _, ...declared } = module.variable[name]?.[0] ?? {};
      expect(variable, name).toEqual(declared);
      expect(call[name]).toBe(`\${var.${name}}`);
    }
    const passed = Object.keys(call).filter((name) => !ownArguments.includes(name));
    expect(passed.toSorted()).toEqual(Object.keys(ledger.variable).toSorted());
  });

  it('pass on each output of the module', () => {
    const [names, ofModule] = [ledger, module].map(({ output }) => Object.keys(output).toSorted());
    expect(names).toEqual(ofModule);
    for (const [name, [output]] of Object.entries(ledger.output)) {
      expect(output?.['value']).toBe(`\${module.ledger.${name}}`);
    }
  });
});

describe('the example of values', () => {
  it('gives each variable, with its default', () => {
    expect(values).toEqual(defaultsOf(ledger.variable));
  });

  it('is accepted by the module', () => {
    expect(refusals(values)).toEqual([]);
  });

  it.each([
    [{ witness_region: 'eu-west-1' }, 'DSQL peers clusters within one set of Regions only.'],
    [{ event_retention_days: 13 }, 'Use a value of the table EventRetentionDays'],
    [{ cluster_name_suffix: 'blue' }, 'Use nothing, or a hyphen'],
    [{ alarm_email: 'nobody' }, 'Use one address, or nothing.'],
  ])('would be refused with %j', (changed, message) => {
    expect(refusals({ ...values, ...changed })).toEqual([expect.stringContaining(message)]);
  });
});
