import type { ServiceProcess } from './service-process.ts';

/** A service that is started again, on the same port, when its process dies. */
export interface KeptService {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * @param start starts the service on a port
 * @param port the first one to try
 * @param events told when the process has died, and when it could not be started again
 * @returns the service, running
 */
export async function keepRunning(
  start: (port: number) => Promise<ServiceProcess>,
  port: number,
  events: { died(): void; lost(error: unknown): void },
): Promise<KeptService> {
  let isStopping = false;
  let current = await start(port);

  function watch(): void {
    current.ended
      .then(async () => {
        if (isStopping) return;
        events.died();
        current = await start(current.port);
        watch();
        if (isStopping) await current.stop();
      })
      .catch((error: unknown) => events.lost(error));
  }

  watch();
  return {
    port: current.port,
    stop() {
      isStopping = true;
      return current.stop();
    },
  };
}
