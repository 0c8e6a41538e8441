import type { DescribeScenario } from 'antipode-cli';

const reserve = { operation: 'reserve', show: 'hamlet', customer: 'ada', seats: 2 };
const show = { operation: 'show', show: 'hamlet' };

/** How to try the service, and how `antipode local` sees that it works. */
export const scenario: DescribeScenario = ({ functionNamed }) => {
  const api = functionNamed('api');
  return {
    examples: [
      {
        title: 'Reserve two seats: the same command again has the same answer',
        ...{ in: 'primary', kind: 'invoke', functionName: api },
        payload: JSON.stringify({ ...reserve, key: 'r-1' }),
      },
      {
        title: 'The seats that are free, asked in the other Region',
        ...{ in: 'secondary', kind: 'http', functionName: api },
        body: JSON.stringify(show),
      },
    ],
    check: async ({ primary, secondary, step }) => {
      const reservation = `self-check-${Date.now()}`;
      const isOurs = (event: unknown) => JSON.stringify(event).includes(reservation);
      await step(`reserve in ${primary.name}`, async () => {
        const made = await primary.ask(api, { ...reserve, key: reservation });
        return `${made['seats']} seats of ${made['show']}`;
      });
      await step(`cancel in ${secondary.name}`, async () => {
        const command = { operation: 'cancel', key: `${reservation}-cancel`, reservation };
        return String((await secondary.ask(api, command))['status']);
      });
      await step('both events are counted, and the other Region has a notice', async () => {
        await primary.handled(functionNamed('occupancy'), isOurs);
        await secondary.handled(functionNamed('occupancy'), isOurs);
        await secondary.handled(functionNamed('notices'), isOurs);
        return `${(await primary.ask(api, show))['reserved']} seats are reserved`;
      });
    },
  };
};
