/** Runs the tests that the guide shows, as they stand there: with a PostgreSQL of their own. */
import '../../docs/examples/payment-tests.ts';
