/** Runs the tests that the page on two Regions shows, with a PostgreSQL of their own. */
import '../../docs/examples/both-regions.ts';
