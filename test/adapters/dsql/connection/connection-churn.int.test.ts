import { describeChurn } from './connection-churn.ts';

// Six times as long as a connection.
describeChurn(12_000);
