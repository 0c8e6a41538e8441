import { createRelay } from '../../../src/domain/kernel/index.ts';
import { relayContract } from '../../contracts/relay.ts';
import { refusesWrong } from '../../contracts/suite.ts';
import { wrongRelays } from '../../contracts/wrong/relay.ts';

const createSubject = async () => createRelay;

relayContract('of the kernel', createSubject);
refusesWrong('a relay must not do', wrongRelays, relayContract, createSubject);
