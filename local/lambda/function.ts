import { Instance, type InstanceConfiguration, type StreamSink } from './instance.ts';
import type { Outcome } from './protocol.ts';

/** A Lambda function of the stack, run on this machine from the bundle that would be deployed. */
export class LambdaFunction {
  readonly name: string;
  /** The log group that gets what it prints. */
  readonly logGroup: string;
  readonly #configuration: InstanceConfiguration;
  readonly #instances = new Set<Instance>();
  #current: Instance | undefined;

  constructor(name: string, logGroup: string, configuration: InstanceConfiguration) {
    this.name = name;
    this.logGroup = logGroup;
    this.#configuration = configuration;
  }

  /**
   * @param event the payload, as JSON
   * @returns the handler's answer as JSON, or how it failed; never rejects
   */
  invoke(event: string): Promise<Outcome> {
    const chunks: Uint8Array[] = [];
    const sink: StreamSink = {
      chunk(data, accepted) {
        chunks.push(data);
        accepted();
      },
      end() {},
      fail() {},
    };
    // A buffered invocation of a streaming handler gets the raw bytes of the stream, as from Lambda.
    return this.#instance()
      .invoke(event, sink)
      .outcome.then((outcome) =>
        outcome.ok && chunks.length > 0 ? { ok: true, payload: Buffer.concat(chunks).toString() } : outcome,
      );
  }

  /**
   * @param event the payload, as JSON
   * @param sink gets the answer as it comes; what a handler that does not stream returns is one chunk
   * @returns tells the handler that nobody reads its answer any more
   */
  invokeWithResponseStream(event: string, sink: StreamSink): () => void {
    const { outcome, abandon } = this.#instance().invoke(event, sink);
    void outcome.then((settled) => {
      if (settled.ok && settled.payload !== '') sink.chunk(Buffer.from(settled.payload), () => sink.end());
    });
    return abandon;
  }

  /** Stops every instance at once. */
  async close(): Promise<void> {
    await Promise.all([...this.#instances].map((instance) => instance.terminate()));
  }

  // After a crash or a timeout the next invocation gets a new instance.
  #instance(): Instance {
    if (this.#current !== undefined) return this.#current;
    const instance = new Instance(this.#configuration, () => {
      if (this.#current === instance) this.#current = undefined;
    });
    this.#instances.add(instance);
    void instance.ended.then(() => this.#instances.delete(instance));
    this.#current = instance;
    return instance;
  }
}
