import { jest } from '@jest/globals';

/**
 * On a machine whose processor or memory others take, a store's answer, a click or a start can take longer than the limit that is
 * under test or that a client has. What fails is tried twice more, after the other tests of its file; each error is printed, and
 * `.ci/run` names what passed at a later attempt only.
 */
jest.retryTimes(2, { logErrorsBeforeRetry: true });
