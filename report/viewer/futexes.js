// SPDX-License-Identifier: GPL-2.0-or-later
// Phases of waiting come in; out go those of futexes by address: how long, the code that waits, and
// the code that ends the waits where that was recorded. Pure: no document.
import { MODULE_JIT, MODULE_USER } from './pprof_finish.js';
import { WAKER_MARK } from './waits.js';
import { PhaseReader, newPhaseRow } from './waitstats.js';

/** Libraries and functions that are how one waits and wakes: see report/waits_futex.c. */
const FUTEX_LIBRARY =
	/^(libc|libpthread|ld(-linux.*|-musl.*)?|libstdc\+\+|libc\.musl.*)[-.\d]*\.so/;
const FUTEX_PLUMBING = new RegExp(`^(${['__', '_L_', 'pthread_', 'futex', 'syscall', 'sem_', 'lll_',
	'runtime\\.(futex|note|sem|unlock|ready|lock|gopark|mcall|park)', 'std::sys::',
	'std::condition_variable', 'std::(timed_)?mutex', 'std::unique_lock', 'std::lock_guard',
	'std::sync::', 'std::thread::park', 'core::', 'parking_lot', 'Parker::', 'os::', 'Unsafe_', '\\[',
	'mtx_', 'cnd_', 'g_(mutex|cond)_', 'PyThread_'].join('|')})|^$`);

/** What a stack, as recorded, says of its wait: labels of the code that waits and of the code that
 * woke it; '' where that is not known. Of stacks of wakeups, which are the other way round, there
 * is of who waited not code but the names of its process and thread: waiter; else that is null. */
class StackEnds {
	constructor({ core, modules, labels }) {
		this.stackParent = core.parent;
		this.stackFrame = core.frame;
		this.frames = core.frames.list;
		this.modules = modules;
		this.labels = labels;
		this.known = new Map();
	}

	/** A function of the program itself. */
	isCode({ name, module }) {
		const { path, kind } = this.modules[module];

		return (kind === MODULE_USER || kind === MODULE_JIT) && !FUTEX_PLUMBING.test(name) &&
			!FUTEX_LIBRARY.test(path.slice(path.lastIndexOf('/') + 1));
	}

	/** Of frames, innermost first: the first function of the program; '' if there is none. */
	codeOf(frames) {
		const found = frames.find(frame => this.isCode(frame));
		return found ? this.labels[found.label] : '';
	}

	find(stack) {
		const inner = [];
		let outer = null;

		for (let at = stack; at; at = this.stackParent[at]) {
			const frame = this.frames[this.stackFrame[at]];
			if (this.labels[frame.label] === WAKER_MARK && !outer)
				outer = [];
			else
				(outer || inner).push(frame);
		}
		if (!outer)
			return { waits: this.codeOf(inner), wakes: '', waiter: null };
		if (inner.length && inner[0].kind === 'wait')
			return { waits: '', wakes: this.codeOf(outer), waiter: this.namesOf(inner.slice(1)) };
		// Behind the mark the innermost frame is the waker's comm, and before it its root.
		const comm = inner.length ? this.labels[inner[0].label] : '';
		return { waits: this.codeOf(outer), wakes: this.codeOf(inner.slice(1).reverse()) || comm,
			waiter: null };
	}

	/** Of a process, and of its thread if that has a name of its own: innermost first. */
	namesOf(frames) {
		const [thread = '', process = thread] = frames.map(({ label }) => this.labels[label]);
		return { process, thread };
	}

	get(stack) {
		if (!this.known.has(stack))
			this.known.set(stack, this.find(stack));
		return this.known.get(stack);
	}
}

function addTime(map, name, ns) {
	if (name)
		map.set(name, (map.get(name) || 0) + ns);
}

/** Names and what share each has, largest first. */
function listed(map) {
	const sum = [...map.values()].reduce((all, ns) => all + ns, 0);

	return [...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
		.map(([name, ns]) => ({ name, share: sum ? ns / sum : 0 }));
}

/** "0x7f00deadbeef" of a number that may have been negative in 64 bits. */
export function addressWords(address) {
	return `0x${(address < 0 ? BigInt.asUintN(64, BigInt(address)) : address).toString(16)}`;
}

/**
 * @param {import('./profile.js').Stacks} stacks refined
 * @param {import('./profile.js').Profile} profile
 * @param {{chosen: function(number): boolean}} options of a sample's number: whether it counts
 * @returns {(import('./waitstats.js').PhaseRow & {address: number, process: string, pid: number,
 *     threads: object[], waits: object[], wakes: object[]})[]} longest in all first; pid 0: not
 *     known; threads: that waited, where their code is not known
 */
export function futexRows(stacks, profile, { chosen }) {
	const { waits, sampleThread } = stacks;
	const reader = new PhaseReader(stacks), ends = new StackEnds(profile);
	const rows = new Map();

	for (let i = 0; i < stacks.nSamples; i++) {
		const address = waits.class[i] ? waits.objects[waits.object[i]].futex : 0;
		if (!address || !chosen(i))
			continue;
		const end = ends.get(waits.stack[i]);
		const { pid, process } = end.waiter ? { pid: 0, ...end.waiter }
			: profile.threads[sampleThread[i]];
		const key = `${address} ${pid} ${process}`;
		if (!rows.has(key))
			rows.set(key, { ...newPhaseRow(addressWords(address)), address, pid, process,
				threads: new Map(), waits: new Map(), wakes: new Map() });
		const row = rows.get(key);
		const before = row.blocked.ns + row.runqueue.ns;
		reader.add(row, i);
		const ns = row.blocked.ns + row.runqueue.ns - before;
		addTime(row.threads, end.waiter ? end.waiter.thread : '', ns);
		addTime(row.waits, end.waits, ns);
		addTime(row.wakes, end.wakes, ns);
	}
	return [...rows.values()].map(row => ({ ...row, threads: listed(row.threads),
		waits: listed(row.waits), wakes: listed(row.wakes) }))
		.sort((a, b) => b.blocked.ns + b.runqueue.ns - a.blocked.ns - a.runqueue.ns ||
			a.address - b.address);
}
