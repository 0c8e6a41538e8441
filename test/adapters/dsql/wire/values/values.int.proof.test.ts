import { describeValues } from './values.ts';

describeValues(['Asia/Tokyo', 'America/New_York']);
