import { synthesizeTwoRegions } from 'antipode/infra';
import { addSecurityChecks } from 'antipode/infra/nag';
import { box } from './seats.ts';

await synthesizeTwoRegions(box, {
  entries: new URL('../src/handlers/box', import.meta.url),
  extend: ({ primary }) =>
    addSecurityChecks(primary, {
      acknowledgements: [
        {
          rule: 'AwsSolutions-S1',
          resources: 'Receipts/Resource',
          reason: 'The bucket holds copies, and nobody asks who has read one.',
        },
      ],
    }),
});
