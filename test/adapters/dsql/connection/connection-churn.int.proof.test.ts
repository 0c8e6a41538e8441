import { describeChurn } from './connection-churn.ts';

describeChurn(30_000);
