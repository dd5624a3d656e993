/** What keeps a worker that is short of processor from taking what it cannot carry. Part of the list in deadlines.ts. */
import { limits } from '../../agent/limits.ts';
import { seconds } from '../print/markdown.ts';
import { type Guard, guardsOf } from './guard.ts';

export const shortage: readonly Guard[] = [
  ...guardsOf('deadline', 'workarounds/idle-processes.ts', 'workarounds/idle-processes.test.ts', [
    [
      `a job process that loads, ${seconds(limits.processStartMs)}`,
      'initializeProcessTimeout: limits.processStartMs',
      'a process that loads slowly is waited for',
    ],
    [
      `no job process is started beside a call, for ${seconds(limits.refillMs)}`,
      'delayRefill(ProcPool as PoolClass, { afterMs: limits.refillMs, isPressed });',
      'the pool of the SDK itself is changed',
      'void (ProcPool as PoolClass);',
    ],
    [
      'nor as long as calls get too little processor',
      '&& !this.#patience.isPressed()',
      'none is started as long as calls get too little processor',
    ],
    [
      'a call that finds no process has one started at once',
      'if (this.#callers > this.#spare) this.#startNext();',
      'starts it at once for a call that would find none',
    ],
    [
      'a pool that closes',
      "signal.addEventListener('abort', start);",
      'a pool that is closed starts none, and keeps nobody waiting',
    ],
  ]),
  ...guardsOf('deadline', 'shortage/watch.ts', 'shortage/watch.test.ts', [
    [
      `how much processor a worker gets, every ${seconds(limits.processorLookMs)}`,
      'setInterval(() => this.#look(), limits.processorLookMs).unref();',
      'whose processes get a fifth of what they want',
    ],
    [
      'the same of its jobs',
      'this.#children.add(child);',
      'looks at the processes that it starts, as long as they live',
    ],
    [
      'a look before a call is declined counts nothing that was before',
      'lookNow(): Processor { this.#use.since(this.#pids);',
      'a look at this moment counts nothing that was before',
      'lookNow(): Processor {',
    ],
    [
      'a job that has ended is looked at no more',
      "child.once('exit', () => this.#children.delete(child));",
      'looks at the processes that it starts, as long as they live',
    ],
  ]),
  ...guardsOf('deadline', 'shortage/shortage.ts', 'shortage/shortage.test.ts', [
    [
      `a worker is short when it gets less than ${limits.shortBelowPercent} % of what it wants`,
      'limits.shortBelowPercent',
      'with too little for long',
      '0',
    ],
    [
      `until it gets ${limits.enoughPercent} %`,
      'limits.enoughPercent',
      'until it has enough, and not only a little more',
      '0',
    ],
    [
      `or when its event loop is ${limits.shortLateMs} ms late`,
      '|| look.lateMs > limits.shortLateMs',
      'with a loop that is late for long',
    ],
    [
      `a burst of less than ${seconds(limits.shortageLooks * limits.processorLookMs)} counts for nothing`,
      'const isFull = this.#looks.length === limits.shortageLooks;',
      'before it has looked often enough',
      'const isFull = true;',
    ],
  ]),
  ...guardsOf('deadline', 'shortage/intake.ts', 'shortage/intake.test.ts', [
    [
      `a call that was taken and given to nobody, ${seconds(limits.assignmentMs)}`,
      'setTimeout(() => this.#taken.delete(request.id), limits.assignmentMs).unref();',
      'is taken when one that was taken has been given to nobody',
    ],
    [
      'calls that were taken a moment ago count',
      'this.#taken.add(request.id);',
      'before the SDK counts them',
    ],
    [
      'before a call is declined the worker looks once more',
      '&& this.#processor.lookNow().isShort',
      'is taken when another look says that the shortage is over',
    ],
  ]),
];
