import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { consolePath } from '../../../packages/cli/src/local/console/index.ts';
import { compilePattern } from '../../../packages/cli/src/local/eventbridge/index.ts';
import type { StackRegion } from '../../../packages/cli/src/local/index.ts';
import { chromiumPath } from '../../support/chromium.ts';
import { type LedgerStack, startLedger } from './stack.ts';

const consumer = 'antipode-ledger-project-totals';
const relay = 'antipode-ledger-relay';

/** The faults that a test switches on, and off again. */
const faults = { duplicates: false, crashes: false };

let ledger: LedgerStack;
let browser: Browser;
let page: Page;
let failing: string;
const pageErrors: string[] = [];

const write = async (key: string): Promise<void> => {
  await ledger.ask(ledger.primary, { operation: 'write', transaction_id: key, amount: '1.00' });
};

const functionOf = ({ functions }: StackRegion, name: string) => {
  const found = functions.get(name);
  if (!found) throw new Error(`There is no function ${name}`);
  return found;
};

/** Runs a function on code that throws, until the work is done. */
const withFailing = async (name: string, work: () => Promise<void>): Promise<void> => {
  const target = functionOf(ledger.primary, name);
  const { codeDir } = target.configuration;
  await target.replaceCode(failing);
  try {
    await work();
  } finally {
    await target.replaceCode(codeDir);
  }
};

describe.skipIf(chromiumPath === undefined)('the console in a browser', () => {
  beforeAll(async () => {
    failing = mkdtempSync(join(tmpdir(), 'antipode-failing-'));
    writeFileSync(
      join(failing, 'index.mjs'),
      "export const handler = async () => { throw new TypeError('planted: no totals'); };\n",
    );
    [ledger, browser] = await Promise.all([
      startLedger({
        failures: {
          copies: () => (faults.duplicates ? [0, 0] : [0]),
          crash: ({ functionName }) =>
            faults.crashes && functionName === 'antipode-ledger-api' ? 'before' : undefined,
        },
        eventObserver: () => ({ dropped: () => {} }),
      }),
      chromium.launch({ executablePath: chromiumPath ?? '' }),
    ]);
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.on('pageerror', ({ message }) => pageErrors.push(message));
    page.on('console', (line) => {
      // A request that meets a stopped Region is an error of the network.
      const text = line.text();
      if (line.type() === 'error' && !text.includes('net::ERR')) pageErrors.push(text);
    });
    await page.goto(`${ledger.primary.url}${consolePath}`);
  });

  afterAll(async () => {
    await browser?.close();
    await ledger?.stop();
    rmSync(failing, { recursive: true, force: true });
  });

  const timeline = () => page.getByRole('listbox', { name: 'Timeline' });
  const rows = (name: RegExp) => timeline().getByRole('option', { name });
  const finding = (text: string | RegExp) =>
    page.getByRole('list', { name: 'Where it stands' }).getByText(text);

  const idFilter = () => page.getByRole('searchbox', { name: 'Id' });

  /** The only click: on the row of the command. */
  const openCommand = async (key: string): Promise<void> => {
    await idFilter().fill(key);
    await rows(new RegExp(`command .*${key}`))
      .first()
      .click();
  };

  const isShown = async (text: string | RegExp): Promise<void> => {
    await finding(text).first().waitFor({ timeout: 60_000 });
  };

  beforeEach(async () => {
    await idFilter().fill('');
    for (const name of ['Type', 'Step', 'Region']) {
      await page.getByRole('combobox', { name }).selectOption('');
    }
  });

  it('says that it is connected, and which Regions run', async () => {
    await page.getByRole('status').getByText('Connected').waitFor();
    const regions = page.getByRole('list', { name: 'Regions' });
    await regions.getByText('us-east-1 ✓ running').waitFor();
    await regions.getByText('us-west-2 ✓ running').waitFor();
  });

  it('shows a command, its event and its effect in both Regions, with payloads', async () => {
    await write('plain-1');
    await openCommand('plain-1');
    await isShown(`us-east-1 ${consumer} in us-east-1 has handled it.`);
    await isShown('antipode-ledger-audit-replica in us-west-2 has handled it.');
    const steps = page.getByRole('list', { name: 'Steps' });
    await steps.getByText('Payload').first().click();
    await steps.getByText('"transaction_id": "plain-1"').first().waitFor();
  });

  describe('finds by one click on the command why its effect is missing:', () => {
    it('a rule does not match', async () => {
      const { events } = ledger.primary;
      const rule = events.rules.find(({ targets }) =>
        targets.some(({ arn }) => arn.includes(consumer)),
      );
      if (!rule?.pattern) throw new Error('There is no rule of the consumer');
      const changed = { ...JSON.parse(rule.pattern.text), source: ['planted'] };
      const text = JSON.stringify({
        ...changed,
        detail: { ...changed.detail, data: { amount: ['7.00'] } },
      });
      const { source } = JSON.parse(rule.pattern.text);
      const wrong = JSON.stringify({ ...JSON.parse(text), source });
      events.putRule({ ...rule, pattern: { text: wrong, compiled: compilePattern(wrong) } });
      try {
        await write('unmatched-1');
        await openCommand('unmatched-1');
        await isShown(
          /does not match: detail.data.amount must be one of \["7.00"\], the event has "1.00"/,
        );
      } finally {
        events.putRule(rule);
      }
    });

    it('a consumer throws, and the event is a dead letter', async () => {
      await withFailing(consumer, async () => {
        await write('throwing-1');
        await openCommand('throwing-1');
        await isShown(
          /has given it up after 3 attempts: TypeError: planted: no totals. It lies in/,
        );
        const picture = process.env['CONSOLE_SCREENSHOT'];
        await idFilter().fill('');
        if (picture !== undefined) await page.screenshot({ path: picture });
      });
    });

    it('the event was never published', async () => {
      await withFailing(relay, async () => {
        faults.crashes = true;
        await write('unpublished-1').catch(() => {});
        faults.crashes = false;
        await openCommand('unpublished-1');
        await isShown('It is committed, and nobody has published it.');
      });
    });

    it('the other Region is stopped', async () => {
      await ledger.secondary.stop();
      await write('stopped-1');
      await openCommand('stopped-1');
      await isShown(/has not reached .* in us-west-2 .*us-west-2 is stopped/);
      await ledger.secondary.start();
      await isShown('antipode-ledger-audit-replica in us-west-2 has handled it.');
    });

    it('the inbox has skipped a duplicate', async () => {
      faults.duplicates = true;
      await write('twice-1');
      faults.duplicates = false;
      await openCommand('twice-1');
      await isShown(
        `${consumer} in us-east-1 had handled it before: its inbox skipped the duplicate.`,
      );
    });
  });

  const view = (name: string) =>
    page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name });

  describe('repairs:', () => {
    it('a dead letter is shown with its cause, and handled by a redrive', async () => {
      // The consumer that has thrown runs its own code again.
      await view('Dead letters').click();
      const letter = page
        .getByRole('table')
        .getByRole('row', { name: /TransactionRecorded .*TypeError: planted: no totals/ });
      await letter.getByRole('button', { name: 'Redrive' }).click();
      await page.getByText('Done again, and deleted from the queue.').waitFor();
      await expect.poll(() => letter.count()).toBe(0);
      await view('Timeline').click();
      await openCommand('throwing-1');
      await isShown(`${consumer} in us-east-1 has handled it.`);
    });

    it('an event is edited and sent, and has its effect', async () => {
      await write('edited-1');
      await openCommand('edited-1');
      await isShown(`${consumer} in us-east-1 has handled it.`);
      const steps = page.getByRole('list', { name: 'Steps' });
      const published = steps
        .getByRole('listitem')
        .filter({ hasText: 'published' })
        .filter({ hasText: 'Edit and send' })
        .first();
      await published.getByRole('button', { name: 'Edit and send' }).click();
      const editor = published.getByRole('textbox', { name: 'JSON to send' });
      const event = JSON.parse(await editor.inputValue());
      const id = crypto.randomUUID();
      event.detail.id = id;
      await editor.fill(JSON.stringify(event));
      await published.getByRole('button', { name: 'Send', exact: true }).click();
      await published.getByText('Sent to the bus antipode-ledger.').waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await idFilter().fill(id);
      await rows(new RegExp(`effect .*${id}`))
        .first()
        .waitFor();
    });
  });

  it('shows the log of a request', async () => {
    await openCommand('plain-1');
    const steps = page.getByRole('list', { name: 'Steps' });
    await steps.getByText('Log of the request').first().click();
    await steps
      .getByText(/START RequestId: [\s\S]*REPORT RequestId: /)
      .first()
      .waitFor();
  });

  it('stops a Region, cuts the link, and injects failures of a seed', async () => {
    await view('Faults').click();
    const regions = page.getByRole('list', { name: 'Regions' });
    await page.getByRole('button', { name: 'Stop us-west-2' }).click();
    await regions.getByText('us-west-2 ✗ stopped').waitFor();
    expect(ledger.secondary.isRunning()).toBe(false);
    await page.getByRole('button', { name: 'Start us-west-2' }).click();
    await regions.getByText('us-west-2 ✓ running').waitFor();
    await page.getByRole('button', { name: 'Cut the link' }).click();
    await regions.getByText('✗ the link of us-east-1 and us-west-2 is cut').waitFor();
    await page.getByRole('button', { name: 'Mend the link' }).click();
    await page.getByText('The link between the Regions is mended.').waitFor();
    await page.getByRole('spinbutton', { name: 'Seed' }).fill('7');
    await page.getByRole('spinbutton', { name: 'Deliveries that come twice' }).fill('1');
    await page.getByRole('button', { name: 'Inject' }).click();
    await page.getByText('Injected from now on: duplicate=1,seed=7').waitFor();
    await view('Timeline').click();
    await write('injected-1');
    await openCommand('injected-1');
    await isShown(
      `${consumer} in us-east-1 had handled it before: its inbox skipped the duplicate.`,
    );
    await view('Faults').click();
    await page.getByRole('button', { name: 'End all' }).click();
    await page.getByText('No failure is injected.').waitFor();
    await view('Timeline').click();
  });

  it('goes on after a lost connection, without a gap and without a repetition', async () => {
    await idFilter().fill('-1');
    await write('before-1');
    await rows(/command .*before-1/)
      .first()
      .waitFor();
    await ledger.primary.stop();
    await page.getByRole('status').getByText('Connection lost').waitFor();
    await ledger.primary.start();
    await page.getByRole('status').getByText('Connected').waitFor({ timeout: 60_000 });
    await write('after-1');
    await rows(/command .*after-1/)
      .first()
      .waitFor();
    await idFilter().fill('before-1');
    await expect.poll(() => rows(/command .*before-1/).count()).toBe(1);
  });

  it('filters by type, Region and id', async () => {
    await page.getByRole('combobox', { name: 'Region' }).selectOption('us-west-2');
    await page.getByRole('combobox', { name: 'Type' }).selectOption('TransactionRecorded');
    await rows(/us-west-2/)
      .first()
      .waitFor();
    expect(await rows(/^\S+ us-east-1/).count()).toBe(0);
    expect(await rows(/command/).count()).toBe(0);
  });

  it('is used by the keyboard alone', async () => {
    await page.keyboard.press('Escape');
    // Nothing is added to these meanwhile.
    await page.getByRole('combobox', { name: 'Step' }).selectOption('command');
    await timeline().focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    const selected = timeline().getByRole('option', { selected: true });
    expect(await selected.getAttribute('aria-posinset')).toBe('2');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Path of / }).waitFor();
    await page.keyboard.press('Escape');
    await expect
      .poll(() => page.evaluate<boolean>("document.activeElement.id === 'timeline'"))
      .toBe(true);
    await page.keyboard.press('/');
    await page.keyboard.type('plain-1');
    await rows(/command .*plain-1/)
      .first()
      .waitFor();
  });

  it('is dark where the person wants it dark', async () => {
    const background = () =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await background()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).toBe('rgb(20, 23, 27)');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('shows ten thousand events by less than a hundred rows', async () => {
    const Detail = JSON.stringify({ id: 'many', filler: 'x'.repeat(200) });
    for (let at = 0; at < 1_000; at += 1) {
      const Entries = Array.from({ length: 10 }, (_, index) => ({
        ...{ Source: 'planted.many', DetailType: `Many${index}`, EventBusName: 'antipode-ledger' },
        Detail: Detail.replace('many', `many-${at}-${index}`),
      }));
      ledger.primary.events.putEvents(Entries);
    }
    await page.getByRole('combobox', { name: 'Step' }).selectOption('published');
    const size = () =>
      timeline().getByRole('option').first().getAttribute('aria-setsize').then(Number);
    await expect.poll(size).toBeGreaterThanOrEqual(10_000);
    expect(await timeline().getByRole('option').count()).toBeLessThan(100);
    await timeline().focus();
    await page.keyboard.press('Home');
    await rows(/many-999-9/)
      .first()
      .waitFor();
    await idFilter().fill('many-0-0');
    await rows(/many-0-0/)
      .first()
      .click();
    await page.getByRole('heading', { name: 'Path of many-0-0' }).waitFor();
    await isShown('No rule on its bus matches the event.');
  });

  it('breaks no rule of its own policy, and throws nothing', () => {
    expect(pageErrors).toEqual([]);
  });
});
