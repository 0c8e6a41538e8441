import { briefCases, describeTransfers } from '../../../support/transfer-cases.ts';

describeTransfers(briefCases);
