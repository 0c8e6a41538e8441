import type { ServiceError } from './protocol.ts';

export const conflict: ServiceError = {
  code: '40001',
  message: 'change conflicts with another transaction (OC000)',
};
export const catalogConflict: ServiceError = {
  code: '40001',
  message: 'schema has been updated by another transaction (OC001)',
};

export const transactionTooOld = (ageMsMax: number): ServiceError => ({
  code: '54000',
  message: `transaction age limit of ${ageMsMax / 1000}s exceeded`,
});

export const tooManyConnections: ServiceError = {
  code: '53300',
  message: 'Unable to accept connection, too many open connections.',
};

export const rateExceeded: ServiceError = {
  code: '53400',
  message: 'Unable to accept connection, rate exceeded.',
};

export const accessDenied = (hint?: string): ServiceError => ({
  code: '28000',
  message: 'unable to accept connection, access denied',
  ...(hint === undefined ? {} : { hint }),
});
