import { describeTransfers, furtherCases } from '../../../support/transfer-cases.ts';

describeTransfers(furtherCases);
