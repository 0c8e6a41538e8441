import { object } from 'valibot';
import { describe, expect, it } from 'vitest';
import type { DeclaredEvents } from '../../../../../packages/cli/src/commands/events/catalogue.ts';
import { readCatalogue } from '../../../../../packages/cli/src/commands/events/catalogue.ts';
import { eventPages } from '../../../../../packages/cli/src/commands/events/event-pages.ts';
import { booking } from './booking.ts';

const pagesOf = async (service: DeclaredEvents) =>
  new Map(eventPages(service, await readCatalogue(service)).map(({ file, text }) => [file, text]));

describe('the pages of a service', () => {
  it('tell of an event: its versions, fields, Regions and consumers', async () => {
    expect((await pagesOf(booking)).get('SeatsReserved.md')).toBe(`# SeatsReserved

Somebody has reserved seats | of a show.

Version 2. Readers take events from version 1 on, and get them in version 2.
It is published in its Region of origin, and copied to the bus of the other Region.
Its source is \`shop.booking\`.

## Data

| field | type | always there | rules |
|---|---|---|---|
| \`by\` | string | no |  |
| \`seats\` | array of object | yes |  |
| \`seats[].at\` | integer | yes | at least 1 |
| \`seats[].row\` | "a" or "b" | yes |  |
| \`show\` | string | yes | The play |

The service also checks rules that a schema cannot show: check.

## Consumers

- \`notices\`: copies of the other Region
- \`occupancy\`
`);
  });

  it('have an index, whose links lead to the files', async () => {
    const pages = await pagesOf(booking);
    const index = pages.get('README.md') ?? '';
    expect(index).toContain('| 2 | Somebody has reserved seats \\| of a show. |');
    const links = [...index.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) =>
      decodeURIComponent(link),
    );
    expect(links).toEqual(['SeatsReserved.md', 'shop%2FClosed.md']);
    for (const link of links) expect(pages.has(link)).toBe(true);
  });

  it('are the same in whatever order the service is declared', async () => {
    const { SeatsReserved, 'shop/Closed': closed } = booking.events;
    const { notices, occupancy } = booking.consumers;
    const events = { 'shop/Closed': closed, SeatsReserved };
    const other = { ...booking, events, consumers: { occupancy, notices } };
    expect(await pagesOf(other)).toEqual(await pagesOf(booking));
    expect([...(await pagesOf(other)).keys()]).toEqual([...(await pagesOf(booking)).keys()]);
  });

  it('say that nobody listens, and that an event has no data of its own', async () => {
    const events = { Opened: { version: 1, schema: object({}) } };
    const page = (await pagesOf({ ...booking, events, consumers: {} })).get('Opened.md');
    expect(page).toContain('No consumer of this service listens to it.');
    expect(page).toContain('It is object.');
  });

  it('end at a schema that refers to itself', async () => {
    const jsonSchema = {
      type: 'object',
      properties: { left: { $ref: '#/definitions/node' } },
      definitions: {
        node: { type: 'object', properties: { left: { $ref: '#/definitions/node' } } },
      },
    };
    const events = { Grown: { version: 1, schema: object({}), jsonSchema } };
    const page = (await pagesOf({ ...booking, events, consumers: {} })).get('Grown.md') ?? '';
    expect(page).toContain('| `left.left` | object | no |');
    expect(page.split('\n').length).toBeLessThan(30);
  });
});
