import { decisionOf } from 'antipode/testing';
import { decideReserve } from './seats.ts';

decisionOf(decideReserve)
  .given({ id: 'hamlet', free: 3, version: 7 })
  .when({ id: 'r-1', show: 'hamlet', seats: 4 })
  .thenRefused('SoldOut');
