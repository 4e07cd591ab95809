import { describe, expect, it } from '@jest/globals';
import { traceIdOf, traceOf, xrayTraceId } from '../../functions/domain/trace-context.ts';

const TRACE_ID = '5759e988bd862e3fe1be46a994272793';
const PARENT = '53995c3f42cd8ad8';
const XRAY = `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=${PARENT};Sampled=1`;

describe('the trace of a request', () => {
  it("is the client's, whose header stays as it is", () => {
    const traceparent = `00-${TRACE_ID}-${PARENT}-01`;
    expect(traceOf(traceparent, XRAY)).toEqual({ traceparent, isClients: true, traceId: TRACE_ID });
  });

  it('is that of X-Ray when the client has none', () => {
    expect(traceOf(undefined, XRAY)).toEqual({
      traceparent: `00-${TRACE_ID}-${PARENT}-01`,
      isClients: false,
      traceId: TRACE_ID,
    });
  });

  it('is sampled when X-Ray says so, wherever that stands', () => {
    expect(traceOf(undefined, `Sampled=1;${XRAY.replace(';Sampled=1', '')}`).traceparent).toBe(
      `00-${TRACE_ID}-${PARENT}-01`,
    );
  });

  it.each([
    [`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=${PARENT};Sampled=0;Lineage=1:a87bd80c:0`, PARENT],
    ['Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:a87bd80c:0', '[0-9a-f]{16}'],
  ])('%s is not sampled', (xray, parent) => {
    expect(traceOf(undefined, xray).traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-${parent}-00$`));
  });

  it.each([undefined, '', 'Root=2-5759e988-bd862e3fe1be46a994272793', 'x'])(
    'is a new one, not sampled, with %j of X-Ray',
    (xray) => {
      const [one, two] = [traceOf(undefined, xray), traceOf(undefined, xray)];
      expect(traceIdOf(one.traceparent)).toBe(one.traceId);
      expect(one.traceparent).toMatch(/-00$/);
      expect(one.traceId).not.toBe(two.traceId);
      expect(xrayTraceId(xray)).toBeNull();
    },
  );

  it.each([
    `00-${TRACE_ID}-${PARENT}-01-more`,
    `00-${TRACE_ID}-${PARENT}`,
    `00-${TRACE_ID.toUpperCase()}-${PARENT}-01`,
    `ff-${TRACE_ID}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID}\n-${PARENT}-01`,
    '00-x',
  ])('%j names no trace, and passes as it is', (traceparent) => {
    expect(traceOf(traceparent, XRAY)).toEqual({ traceparent, isClients: true, traceId: null });
  });

  it('is known of a later version too', () => {
    expect(traceIdOf(`01-${TRACE_ID}-${PARENT}-01-more`)).toBe(TRACE_ID);
  });
});
