/** Plays the scenario that the page on the simulation shows, as it stands there. */
import '../../docs/examples/simulated-seats.ts';
