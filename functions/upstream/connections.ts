import type { Agent } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

/** Not imported: with its names an import asks for all that it has, WebSocket and fetch among them, and a start waits for that. */
const http = process.getBuiltinModule('node:http');

/**
 * Idle connections are closed by us before most servers would close them (Node's default is 5 s): a request written to a
 * connection that the other side is closing would be lost, and is never repeated, since a tool call may have been run.
 */
const IDLE_MS = 4_000;

/** Where idle connections are kept for the next call. */
export interface Connections {
  readonly 'http:': Agent;
  readonly 'https:': https.Agent;
}

/** Connections that outlive the request they were opened for. */
export interface KeptConnections extends Connections {
  /**
   * Closes what has been idle for too long. Between two requests Lambda stops the function with its timers, and maybe its clock, so
   * that neither says how long that was: the times at which API Gateway got the requests do.
   * @param time by API Gateway's clock, milliseconds since the epoch
   */
  at(time: number): Connections;
  close(): void;
}

export function keptConnections(): KeptConnections {
  let clock = { time: 0, setAt: performance.now() };
  const now = () => clock.time + performance.now() - clock.setAt;
  const usableUntil = new WeakMap<object, number>();

  function noting<Kept extends Agent>(agent: Kept): Kept {
    const keep = agent.keepSocketAlive;
    agent.keepSocketAlive = (socket) => {
      const isKept = keep.call(agent, socket);
      // What Node has set: ours, or less if the server has said that it waits less.
      usableUntil.set(socket, now() + ((socket as Socket).timeout ?? 0));
      return isKept;
    };
    return agent;
  }

  const options = { keepAlive: true, timeout: IDLE_MS };
  const agents = { 'http:': noting(new http.Agent(options)), 'https:': noting(new https.Agent(options)) };
  return {
    ...agents,
    at(time) {
      clock = { time: Math.max(time, now()), setAt: performance.now() };
      for (const { freeSockets } of Object.values(agents)) {
        for (const socket of Object.values(freeSockets).flatMap((sockets = []) => sockets)) {
          if (clock.time > (usableUntil.get(socket) ?? 0)) socket.destroy();
        }
      }
      return agents;
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
