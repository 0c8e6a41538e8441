/** How long a reservation waits for its payment, in milliseconds: 15 minutes unless set. */
export const paymentMsMax = Number(process.env['PAYMENT_MS_MAX'] ?? 15 * 60_000);
