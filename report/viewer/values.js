// SPDX-License-Identifier: GPL-2.0-or-later
// Which of a profile's values is shown: samples, CPU time, time off the CPU. Where there is but
// one, there is nothing to choose.
import { make } from './dom.js';
import { valueStyle } from './format.js';

/** Of time and waits off the CPU. */
const VALUE_TITLES = { wall: 'Wall-clock time', offcpu: 'Off-CPU time', blocked: 'Time blocked',
	runqueue: 'Time in the run queue', waits: 'Times blocked', queued: 'Times in the run queue' };

/** "CPU time" of the type of a value. */
function valueTitle(type, profile, i) {
	if (profile.diff)
		return ['Before', 'After', 'Mean of both'][i];
	if (Object.hasOwn(VALUE_TITLES, type.type))
		return VALUE_TITLES[type.type];
	const { title, noun } = valueStyle(type);
	return title ? title[0].toUpperCase() + title.slice(1).replace(/-/g, ' ') : noun || 'value';
}

/** Gives { element, render }. */
export function createValues(app) {
	const { valueTypes } = app.profile;
	const select = make('select', {}, valueTypes.map((type, i) =>
		make('option', { value: i }, [valueTitle(type, app.profile, i)])));
	const element = make('label', { class: 'ft-values', hidden: valueTypes.length < 2 },
		[make('span', { class: 'ft-unseen' }, ['Value']), select]);

	select.addEventListener('change', () => app.store.set({ value: Number(select.value) }));
	return {
		element,
		render(view, state) {
			select.value = String(state.value);
		},
	};
}
