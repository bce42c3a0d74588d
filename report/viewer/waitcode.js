// SPDX-License-Identifier: GPL-2.0-or-later
// A stack of a wait comes in; out go the function of the program that waited and its caller, by the
// rules of report/wait_code.c. Pure: no document.
import { MODULE_BPF, MODULE_KERNEL, MODULE_NONE, MODULE_USER } from './pprof_finish.js';
import { MODULE_VDSO } from './pprof_finish.js';
import { CALL_NAMES, LIBRARY_STARTS, NOT_SCHEDULER_NAMES, SCHEDULER_NAMES } from './waitnames.js';
import { WAITING_NAMES, WRAPPER_NAMES, WRAPPER_STARTS } from './waitnames.js';
import { WAKER_MARK } from './waits.js';

/** Names, in which a "*" stands for anything. */
class NameList {
	constructor(names) {
		const all = names.split(' ');
		this.whole = new Set(all.filter(name => !name.includes('*')));
		this.parts = new Map(); // by the letter that names begin with; '': by any
		for (const name of all.filter(text => text.includes('*'))) {
			const first = name[0] === '*' ? '' : name[0];
			if (!this.parts.has(first))
				this.parts.set(first, []);
			this.parts.get(first).push(name.split('*'));
		}
	}

	/** Parts are found from the left on, each once: no name takes long. */
	fits(parts, name) {
		const last = parts.length - 1;
		let at = parts[0].length;

		if (!name.startsWith(parts[0]))
			return false;
		for (let i = 1; at >= 0 && i < last; i++) {
			const found = name.indexOf(parts[i], at);
			at = found < 0 ? -1 : found + parts[i].length;
		}
		return at >= 0 && name.length - parts[last].length >= at && name.endsWith(parts[last]);
	}

	has(name) {
		return this.whole.has(name) || ['', name[0]].some(first => this.parts.has(first) &&
			this.parts.get(first).some(parts => this.fits(parts, name)));
	}
}

/** Made when first needed: files without waits do without. */
class WaitNames {
	constructor() {
		this.waiting = new NameList(WAITING_NAMES);
		this.call = new NameList(CALL_NAMES);
		this.scheduler = new NameList(SCHEDULER_NAMES);
		this.notScheduler = new NameList(NOT_SCHEDULER_NAMES);
		this.wrapper = new NameList(WRAPPER_NAMES);
		this.starts = WRAPPER_STARTS.split(' ');
		this.library = LIBRARY_STARTS.split(' ');
	}

	isOfLibrary(file) {
		return this.library.some(start => file.startsWith(start));
	}

	/** What a symbol is called in the source: without ".isra.0", "@@GLIBC_2.3.2". */
	sourceName(name) {
		const end = name.slice(1)
			.search(/\.isra\.|\.part\.|\.constprop\.|\.cold|\.llvm\.|\.lto_priv|@/);
		return end < 0 ? name : name.slice(0, end + 1);
	}

	roleOf(name, isKernel) {
		const source = this.sourceName(name);
		if (isKernel)
			return this.scheduler.has(source) && !this.notScheduler.has(source) ?
				ROLE_SCHEDULER : ROLE_OWN;
		if (this.waiting.has(source))
			return ROLE_WAITING;
		return this.call.has(source) || this.wrapper.has(name) ||
			this.starts.some(start => name.startsWith(start)) ? ROLE_WRAPPER : ROLE_OWN;
	}
}

/** Stands for the innermost functions of a stack that was cut short: as in profile_prune.h. */
const CUT_NOTE = '[too many stacks]';

const ROLE_OWN = 1;
const ROLE_WRAPPER = 2;
const ROLE_WAITING = 3; // a wrapper that is known for it
const ROLE_SCHEDULER = 4;

/** What a walk from the leaf outwards has met: names, '' where there is none. */
class Finding {
	constructor() {
		this.innermost = this.waiting = this.wrapper = this.found = this.caller = '';
		this.nameless = this.kernel = this.kernelCaller = this.scheduler = '';
	}

	meetKernel(name, role) {
		if (role === ROLE_SCHEDULER)
			this.scheduler = name;
		else if (!this.kernel)
			this.kernel = name;
		else if (!this.kernelCaller && name !== this.kernel)
			this.kernelCaller = name;
	}

	/** True when all is found. */
	meetUser(name, role) {
		const isNamed = name[0] !== '[';
		this.innermost = this.innermost || name;
		if (!this.found && role !== ROLE_OWN) {
			this.wrapper = isNamed ? name : this.wrapper;
			this.waiting = role === ROLE_WAITING ? name : this.waiting;
		} else if (!this.found && !isNamed && this.wrapper) {
			this.found = this.wrapper;
			this.nameless = name;
		} else if (!this.found) {
			this.found = name;
		} else if (role === ROLE_OWN && name !== this.found && isNamed) {
			this.caller = name;
		} else if (role === ROLE_OWN && name !== this.found && !this.nameless) {
			this.nameless = name;
		}
		return this.caller !== '';
	}

	result() {
		const name = this.found || this.waiting || this.innermost;
		return name ? { name, caller: this.caller || this.nameless, isKernel: false } :
			{ name: this.kernel || this.scheduler, caller: this.kernelCaller, isKernel: true };
	}
}

/** What a frame is to that: */
const SORT_NONE = 0; // nothing: it has no name, or is nothing but a name
const SORT_USER = 1;
const SORT_KERNEL = 2;
const SORT_MARK = 3; // behind it is who ended the wait
const SORT_CUT = 4;

/** Finds the code of stacks of functions: of the core of a profile, or of what became of it. */
export class WaitCodes {
	constructor({ n, parent, frame, frames }, { core, modules }) {
		const isNamed = (of, number) => of.function < core.nFunctions ||
			number >= core.frames.list.length;

		this.n = n;
		this.parent = parent;
		this.frame = frame;
		this.list = frames.list;
		this.modules = modules;
		this.sorts = Uint8Array.from(this.list, (of, number) =>
			(isNamed(of, number) ? this.sortOf(of) : SORT_NONE));
		this.names = new WaitNames();
		this.roles = new Uint8Array(this.list.length);
		this.waiters = this.findWaiters();
		this.known = new Map();  // by stack
	}

	sortOf({ name, module }) {
		const { kind } = this.modules[module];

		if (kind === MODULE_NONE)
			return name === WAKER_MARK ? SORT_MARK : name === CUT_NOTE ? SORT_CUT : SORT_NONE;
		return kind === MODULE_KERNEL || kind === MODULE_BPF ? SORT_KERNEL : SORT_USER;
	}

	/** By stack: the part of it that is the waiter's, before the first mark from the root on. */
	findWaiters() {
		const { n, parent, frame, sorts } = this;
		const waiters = new Int32Array(n);

		for (let i = 1; i < n; i++) {
			const outer = waiters[parent[i]], isBehind = outer !== parent[i];
			waiters[i] = isBehind ? outer : sorts[frame[i]] === SORT_MARK ? parent[i] : i;
		}
		return waiters;
	}

	isLibrary({ path, kind }) {
		return kind === MODULE_VDSO || kind === MODULE_USER &&
			this.names.isOfLibrary(path.slice(path.lastIndexOf('/') + 1));
	}

	roleOf(number, { name, module }, isKernel) {
		if (!this.roles[number]) {
			const role = this.names.roleOf(name, isKernel);
			this.roles[number] = role === ROLE_OWN && this.isLibrary(this.modules[module]) ?
				ROLE_WRAPPER : role;
		}
		return this.roles[number];
	}

	find(stack) {
		const finding = new Finding(), waiter = this.waiters[stack];

		for (let at = waiter, done = false; at && !done; at = this.parent[at]) {
			const number = this.frame[at], of = this.list[number], sort = this.sorts[number];
			if (sort === SORT_KERNEL)
				finding.meetKernel(of.name, this.roleOf(number, of, true));
			else if (sort === SORT_USER)
				done = finding.meetUser(of.name, this.roleOf(number, of, false));
			else if (sort === SORT_CUT) // nothing of the program is inside it
				finding.found = CUT_NOTE;
		}
		// Stacks of who ended waits have the class at their end, behind the mark.
		const isTurned = waiter !== stack && this.list[this.frame[stack]].kind === 'wait';
		return { ...finding.result(), isTurned };
	}

	/** That there is no stack of a program is no sign: in execve and in exit one has none, either. */
	isOfKernel(stack) {
		let at = stack;
		if (!at)
			return false;
		while (this.parent[at])
			at = this.parent[at];
		const number = this.frame[at];
		return this.sorts[number] !== SORT_NONE && this.list[number].name.includes('ret_from_fork');
	}

	/** @returns {{name: string, caller: string, isKernel: boolean, isTurned: boolean}} '' where
	 *     it is not known; isKernel: no code of a program is; isTurned: it is who ended the wait */
	get(stack) {
		if (!this.known.has(stack))
			this.known.set(stack, this.find(stack));
		return this.known.get(stack);
	}
}
