// SPDX-License-Identifier: GPL-2.0-or-later
// What threads waited for: the words of report/wait_class.c, and the frames that stand for them at
// the leaf of a stack. Pure: no document.

/** Classes of waits. */
export const WAIT_CLASSES = ['waiting', 'lock', 'condition', 'futex', 'disk', 'page fault',
	'memory', 'network', 'pipe', 'terminal', 'poll', 'sleep', 'child', 'signal', 'stopped',
	'throttled', 'preempted', 'io_uring', 'kernel thread', 'other'];

const WAIT_FRAMES = new Set([...WAIT_CLASSES, 'run queue', 'idle'].map(name => `[${name}]`));

/** True for "[lock]", "[run queue]", "[idle]". */
export function isWaitFrame(name) {
	return WAIT_FRAMES.has(name);
}

/** Between the stack of who waited and that of who ended the wait. */
export const WAKER_MARK = '--';
