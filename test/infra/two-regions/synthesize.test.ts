import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CfnResource,
  CloudFormationValidatePlugin,
  DefaultStackSynthesizer,
  type IReusableStackSynthesizer,
  Stack,
} from 'aws-cdk-lib';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundle, synthesizeTwoRegions } from '../../../infra/index.ts';
import { type AppOptions, createApp } from '../../../infra/two-regions/synthesize.ts';
import { booking } from '../support/booking.ts';
import { at, find, listOf, type Template, textOf, theOnly } from '../support/template.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { exitCode } = process;
afterEach(() => {
  process.exitCode = exitCode;
});

/** A folder with an entry for each function, but for those that are left out. */
const entriesWithout = (...left: readonly string[]): string => {
  const folder = temporaryFolder();
  for (const name of ['api', 'relay', 'migrate', 'occupancy', 'notices']) {
    if (left.includes(name)) continue;
    writeFileSync(
      join(folder, `${name}.lambda.ts`),
      `export const handler = async (): Promise<string> => '${name}';\n`,
    );
  }
  return folder;
};

/** Names of Regions that are so long that one rule of the two is too long. */
const longNamed = {
  PRIMARY_REGION: 'us-east-1',
  SECONDARY_REGION: 'us-longest-name-1',
  WITNESS_REGION: 'us-east-2',
  EXTRA_REGION_SET: 'us-east-1,us-longest-name-1,us-east-2',
};

/** The lines on which a synthesis ends. */
const ending = async (
  options: Omit<Parameters<typeof synthesizeTwoRegions<typeof booking>>[1], 'outdir'>,
) => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { CDK_OUTDIR: wanted } = options.environment ?? {};
  const outdir = wanted ?? temporaryFolder();
  process.exitCode = 0;
  const place = wanted === undefined ? { outdir } : {};
  await synthesizeTwoRegions(booking, { environment: {}, ...options, ...place });
  const lines = error.mock.calls.flat().flatMap((text) => String(text).split('\n'));
  const warnings = warn.mock.calls.flat();
  error.mockRestore();
  warn.mockRestore();
  return { lines, warnings, code: process.exitCode, outdir };
};

describe('the synthesis of a declared service', () => {
  /** One for all rules about what a plain one leaves, since each bundles all functions. */
  let plain: Awaited<ReturnType<typeof ending>>;
  const entries = pathToFileURL(entriesWithout());
  const environment = { CDK_OUTDIR: join(temporaryFolder(), 'assembly') };

  beforeAll(async () => {
    plain = await ending({ entries, environment });
  });

  it('leaves five stacks and the code of each function', () => {
    const { lines, warnings, code, outdir } = plain;
    expect([lines, code]).toEqual([[], 0]);
    expect(warnings).toEqual([
      'The alarms of booking tell nobody: set ALARM_EMAIL to an address, or give alarmActions in surroundings',
    ]);
    for (const name of ['data-primary', 'data-secondary', 'data-peering', 'primary', 'secondary']) {
      expect(existsSync(join(outdir, `antipode-booking-${name}.template.json`))).toBe(true);
    }
    for (const name of ['api', 'relay', 'migrate', 'occupancy', 'notices', 'peer-clusters']) {
      expect(existsSync(join(outdir, 'bundles', name, 'index.mjs'))).toBe(true);
    }
    expect(readFileSync(join(outdir, 'bundles/notices/index.mjs'), 'utf8')).toContain('notices');
  });

  it('says which accounts refuse a reservation, and nothing of alarms that have an address', async () => {
    const { warnings } = await ending({
      entries: entriesWithout(),
      environment: { RESERVE_CONCURRENCY: 'on', ALARM_EMAIL: 'on-call@example.com' },
    });
    expect(warnings).toEqual([
      'RESERVE_CONCURRENCY=on fails in an account whose limit of Lambda is below 101: see aws lambda get-account-settings --region us-east-1 --query AccountLimit.ConcurrentExecutions, and the same in us-west-2',
    ]);
  });

  it('leaves templates without white space, which CloudFormation counts', () => {
    const text = readFileSync(join(plain.outdir, 'antipode-booking-primary.template.json'), 'utf8');
    expect(text.trim()).toBe(JSON.stringify(JSON.parse(text)));
  });

  it('goes where the command of the CDK wants it', () => {
    expect(existsSync(join(plain.outdir, 'manifest.json'))).toBe(true);
  });

  it('takes the path of each entry by itself', async () => {
    const folder = entriesWithout('api');
    const at = (name: string) => join(folder, `${name}.lambda.ts`);
    mkdirSync(join(folder, 'http'));
    writeFileSync(join(folder, 'http/main.ts'), "export const handler = async () => 'main';\n");
    const entries = {
      api: join(folder, 'http/main.ts'),
      relay: at('relay'),
      migrate: at('migrate'),
      occupancy: at('occupancy'),
      notices: pathToFileURL(at('notices')),
    };
    const { lines, outdir } = await ending({ entries });
    expect(lines).toEqual([]);
    expect(readFileSync(join(outdir, 'bundles/api/index.mjs'), 'utf8')).toContain('main');
  });

  it('has a function beside the declaration connect as the others do', async () => {
    const folder = entriesWithout();
    const names = ['report', 'api'];
    const { lines, outdir } = await ending({
      entries: folder,
      extend: async ({ primary, secondary }, { bundles }) => {
        const entry = join(folder, 'api.lambda.ts');
        const code = await bundle({ entry, outdir: bundles, name: 'report' });
        const added = { bundle: code, description: 'Makes a report', publishes: true };
        for (const { service } of [primary, secondary]) service.addFunction('report', added);
        expect(() => primary.service.addFunction('api', added)).toThrow(
          'function api of booking is there already: rename this one',
        );
      },
    });
    expect(lines).toEqual([]);
    for (const half of ['primary', 'secondary']) {
      const path = join(outdir, `antipode-booking-${half}.template.json`);
      const template = JSON.parse(readFileSync(path, 'utf8')) as Template;
      const [report, api] = names.map(
        (name) =>
          find(template, 'AWS::Lambda::Function', 'FunctionName', `antipode-booking-${name}`)
            .Properties,
      );
      expect(at(report, 'Environment')).toEqual(at(api, 'Environment'));
      const migration = theOnly(template, 'Custom::AntipodeMigration');
      const clients = listOf(migration.Properties['ClientRoleArns']).map(textOf);
      expect(clients).toContain(textOf(at(report, 'Role')));
    }
  });

  it('ends with one line for each function without an entry', async () => {
    const entries = entriesWithout('notices', 'relay');
    const { lines, code } = await ending({ entries });
    expect(code).toBe(1);
    expect(lines).toEqual(
      ['relay', 'notices'].map(
        (name) =>
          `Function ${name} of booking has no entry: create ${join(entries, `${name}.lambda.ts`)}, or give its path in entries`,
      ),
    );
  });

  it.each([
    ['a wrong setting', { environment: { LAMBDA_MEMORY_MB: '64' } }, 'LAMBDA_MEMORY_MB="64": use'],
    [
      'a rule across Regions whose name is too long',
      { environment: { LAMBDA_FUNCTION_PREFIX: 'a'.repeat(40), ...longNamed } },
      'Rule name a',
    ],
    [
      'times that are not safe',
      { safety: { relayTimeoutSeconds: 60 } },
      'relayTimeoutSeconds is 60',
    ],
    [
      'a size that Lambda would refuse',
      { functions: { api: { memoryMb: 64 } } },
      'memoryMb of antipode-booking-primary/Default/Api is 64',
    ],
  ])('ends with one line for %s', async (_, options, line) => {
    const { lines, code } = await ending({ entries: entriesWithout(), ...options });
    expect([lines, code]).toEqual([[expect.stringContaining(line)], 1]);
  });

  it('throws what its user cannot put right, with its trace', async () => {
    const entries = entriesWithout();
    writeFileSync(join(entries, 'api.lambda.ts'), 'export const = 1;');
    await expect(ending({ entries })).rejects.toThrow('Build failed');
  });
});

describe('the app', () => {
  /**
   * The template of a queue, and how often AWS's validator was asked. It does not start here, which
   * takes seconds: the tests of the ledger's stacks have it read templates.
   */
  const synthesized = (options: Partial<AppOptions>) => {
    const app = createApp({ outdir: temporaryFolder(), ...options });
    const stack = new Stack(app, 'Shop');
    new CfnResource(stack, 'Queue', { type: 'AWS::SQS::Queue' });
    const validator = vi
      .spyOn(CloudFormationValidatePlugin.prototype, 'validate')
      .mockReturnValue({ success: true, violations: [] });
    const { template } = app.synth().getStackByName('Shop');
    const validations = validator.mock.calls.length;
    validator.mockRestore();
    return { template, validations };
  };

  it('makes templates of their resources alone, and leaves their validation to tests', () => {
    const { template, validations } = synthesized({});
    expect(Object.keys(template as object)).toEqual(['Resources']);
    expect(Object.keys((template as Template).Resources)).toEqual(['Queue']);
    expect(validations).toBe(0);
  });

  it('validates templates where that was asked for', () => {
    expect(synthesized({ validateTemplates: true }).validations).toBe(1);
  });

  it('is deployed in another way where that was asked for', () => {
    const synthesizer = new DefaultStackSynthesizer() as IReusableStackSynthesizer;
    const { template } = synthesized({ synthesizer });
    expect(Object.keys(template as object)).toEqual(['Resources', 'Parameters', 'Rules']);
  });
});
