import { describeValues } from './values.ts';

describeValues(['UTC', 'Asia/Tokyo', 'America/New_York']);
