/**
 * Which calls this worker takes. It declines where LiveKit asks for each call, because LiveKit Cloud's own hosting ignores a load
 * function. The load only says which of several workers is asked first, and that one has as many calls as it may.
 */
import type { AgentServer, JobRequest } from '@livekit/agents';
import { log } from '@livekit/agents';
import { limits } from '../limits.ts';
import type { ProcessorWatch } from './watch.ts';

/** From this load on the SDK says that the worker is full (@livekit/agents 1.8.1, worker.ts). */
const fullLoad = 0.7;
/** Of the load of a full worker, what a shortage may make. */
const mostOfProcessor = 0.99;

type Server = Pick<AgentServer, 'activeJobs'>;
type Request = Pick<JobRequest, 'id' | 'accept' | 'reject'> & { job: { metadata: string } };

export class Intake {
  readonly #processor: Pick<ProcessorWatch, 'now' | 'lookNow'>;
  readonly #maxCalls: number | undefined;
  readonly #goesOn: (metadata: string) => boolean;
  /** Calls that were taken, until the SDK counts them or LiveKit has given them to nobody. */
  readonly #taken = new Set<string>();
  #server: Server | undefined;
  #declined = 0;

  constructor(options: {
    processor: Pick<ProcessorWatch, 'now' | 'lookNow'>;
    maxCalls: number | undefined;
    /** Whether a job with this metadata goes on with a call whose AI was lost. Slow help is better than none. */
    goesOn: (metadata: string) => boolean;
  }) {
    this.#processor = options.processor;
    this.#maxCalls = options.maxCalls;
    this.#goesOn = options.goesOn;
  }

  get declined(): number {
    return this.#declined;
  }

  /** For the SDK's `requestFunc`. */
  readonly answer = async (request: Request): Promise<void> => {
    const why = this.#goesOn(request.job.metadata) ? undefined : this.#whyNot();
    if (why) {
      this.#declined += 1;
      log().warn({ jobId: request.id, processor: this.#processor.now, calls: this.#calls }, why);
      return request.reject();
    }
    this.#taken.add(request.id);
    setTimeout(() => this.#taken.delete(request.id), limits.assignmentMs).unref();
    return request.accept();
  };

  /** For the SDK's `loadFunc`: with which load each worker shares in the calls, and from which on it is given none. */
  readonly load = (server: Server): Promise<number> => {
    this.#server = server;
    const ofCalls = this.#maxCalls ? this.#calls / this.#maxCalls : 0;
    const { gotPercent } = this.#processor.now;
    const ofProcessor = (100 - gotPercent) / (100 - limits.shortBelowPercent);
    // A worker that is short is asked all the same: that may be over, and its caller is given to nobody else later.
    return Promise.resolve(fullLoad * Math.max(ofCalls, Math.min(mostOfProcessor, ofProcessor)));
  };

  get #calls(): number {
    const known = this.#server?.activeJobs.map(({ job }) => job.id) ?? [];
    return new Set([...known, ...this.#taken]).size;
  }

  #whyNot(): string | undefined {
    // The call that took the processor may have ended a moment ago.
    if (this.#processor.now.isShort && this.#processor.lookNow().isShort) {
      return 'a call is declined: this worker is short of processor';
    }
    if (this.#maxCalls !== undefined && this.#calls >= this.#maxCalls) {
      return 'a call is declined: this worker has as many as WORKER_MAX_CALLS says';
    }
    return undefined;
  }
}
