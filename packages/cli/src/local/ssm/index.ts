export { bootstrapVersion, ssmRoute } from './route.ts';
