/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates, which every phase has instances of its own of. */
#ifndef REAL_TABLE_H
#define REAL_TABLE_H

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/* A hash table with open addressing, of a size that is given. */
template <typename Key, typename Value> class Table {
public:
	explicit Table(size_t bits) : slots(size_t(1) << bits) {}

	Value &at(uint64_t hash, const Key &key)
	{
		size_t i = hash & (slots.size() - 1);

		while (slots[i].used && slots[i].key != key)
			i = (i + 1) & (slots.size() - 1);
		slots[i].used = true;
		slots[i].key = key;
		return slots[i].value;
	}

	template <typename Call> void each(Call call) const
	{
		for (const auto &slot : slots)
			if (slot.used)
				call(slot.key, slot.value);
	}

private:
	struct Slot {
		Key key{};
		Value value{};
		bool used = false;
	};
	std::vector<Slot> slots;
};

template <typename T, typename Less> void sort_range(T *first, T *last, Less less)
{
	while (last - first > 12) {
		T pivot = first[(last - first) / 2];
		T *left = first, *right = last - 1;

		while (left <= right) {
			while (less(*left, pivot))
				left++;
			while (less(pivot, *right))
				right--;
			if (left <= right)
				std::swap(*left++, *right--);
		}
		sort_range(first, right + 1, less);
		first = left;
	}
	for (T *at = first + 1; at < last; at++)
		for (T *to = at; to > first && less(*to, *(to - 1)); to--)
			std::swap(*to, *(to - 1));
}

#endif
