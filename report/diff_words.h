/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comments of words "KEY=TEXT" with blanks between them: what is in a text does not end a word. */
#ifndef FLAMETAP_REPORT_DIFF_WORDS_H
#define FLAMETAP_REPORT_DIFF_WORDS_H

#include <stddef.h>
#include <stdio.h>

/* The text of a word, up to the next blank; NULL: there is none. */
const char *diff_words_find(const char *words, const char *key, size_t *ret_n);
/* A plain number of more than 0; 0 if it is none. */
double diff_words_number(const char *words, const char *key);
/* The next byte of a text, or that which "%XX" stands for. */
char diff_words_take(const char **text, const char *end);
/* The text of a word as it was before it was written. NULL: no memory; "": there is none. */
char *diff_words_text(const char *words, const char *key);
/* Writes a text: %XX for blanks, commas, percent signs and what is not printable ASCII. */
void diff_words_put(const char *text, FILE *out);

#endif
