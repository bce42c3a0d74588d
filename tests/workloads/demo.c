/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Something to look at: builds a text of random words, then, round after round, splits it into
 * words, counts them in a hash table, sorts the counts with a quicksort of its own, and writes
 * the result to /dev/null in small pieces, for the CPU seconds given (4). The recursion, the
 * comparisons and the system calls each show in a flame graph.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "workload.h"

enum { TEXT_BYTES = 1 << 20, SLOTS = 1 << 15, WORD_BYTES = 16 };

struct count {
	char word[WORD_BYTES];
	uint32_t n;
};

struct words {
	char text[TEXT_BYTES];
	struct count slots[SLOTS];
	struct count *sorted[SLOTS];
	size_t n;
	int out;
};

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

FRAME static void make_text(struct words *words)
{
	uint32_t seed = 1;

	KEEP_FRAME();
	for (size_t i = 0; i + 1 < TEXT_BYTES; i++)
		words->text[i] = next_random(&seed) % 5 ? 'a' + next_random(&seed) % 7 : ' ';
}

FRAME static uint32_t hash_word(const char *word, size_t n)
{
	uint32_t hash = 2166136261;

	KEEP_FRAME();
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)word[i]) * 16777619;
	return hash;
}

FRAME static bool same_word(const struct count *slot, const char *word, size_t n)
{
	KEEP_FRAME();
	for (size_t i = 0; i < n; i++) {
		if (slot->word[i] != word[i])
			return false;
	}
	return slot->word[n] == 0;
}

FRAME static void count_word(struct words *words, const char *word, size_t n)
{
	uint32_t at = hash_word(word, n) % SLOTS;

	while (words->slots[at].n && !same_word(&words->slots[at], word, n))
		at = (at + 1) % SLOTS;
	if (!words->slots[at].n) {
		if (words->n >= SLOTS / 2)
			return;
		for (size_t i = 0; i < n; i++)
			words->slots[at].word[i] = word[i];
		words->slots[at].word[n] = 0;
		words->sorted[words->n++] = &words->slots[at];
	}
	words->slots[at].n++;
}

FRAME static void split_text(struct words *words)
{
	size_t start = 0;

	words->n = 0;
	for (size_t i = 0; i < SLOTS; i++)
		words->slots[i].n = 0;
	for (size_t i = 0; i < TEXT_BYTES; i++) {
		if (words->text[i] > ' ')
			continue;
		if (i > start && i - start < WORD_BYTES)
			count_word(words, words->text + start, i - start);
		start = i + 1;
	}
	NO_TAIL_CALL();
}

FRAME static int compare_counts(const struct count *a, const struct count *b)
{
	KEEP_FRAME();
	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	for (int i = 0; i < WORD_BYTES; i++) {
		if (a->word[i] != b->word[i] || !a->word[i])
			return a->word[i] - b->word[i];
	}
	return 0;
}

FRAME static size_t partition(struct count **items, size_t n)
{
	struct count *pivot = items[(n - 1) / 2];
	size_t i = 0, j = n - 1;

	for (;; i++, j--) {
		while (compare_counts(items[i], pivot) < 0)
			i++;
		while (compare_counts(items[j], pivot) > 0)
			j--;
		if (i >= j)
			return j + 1;
		struct count *swapped = items[i];
		items[i] = items[j];
		items[j] = swapped;
	}
}

FRAME static void quicksort(struct count **items, size_t n)
{
	size_t left;

	if (n < 2)
		return;
	left = partition(items, n);
	quicksort(items, left);
	quicksort(items + left, n - left);
	NO_TAIL_CALL();
}

FRAME static void write_counts(struct words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		if (write(words->out, words->sorted[i]->word, WORD_BYTES) < 0)
			exit(1);
	}
	NO_TAIL_CALL();
}

FRAME static void run_round(struct words *words)
{
	split_text(words);
	quicksort(words->sorted, words->n);
	write_counts(words);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 4);
	struct words *words = calloc(1, sizeof(*words));

	if (!words)
		return 1;
	words->out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	make_text(words);
	while (clock_s(CLOCK_PROCESS_CPUTIME_ID) < seconds)
		run_round(words);
	free(words);
	return 0;
}
