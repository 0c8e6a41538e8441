import { describeRefusals, dsql } from './local-app/refusals.ts';

// Both commands refuse a folder in the same code: `npm test` tries one of them.
describeRefusals('antipode local dsql', dsql);
