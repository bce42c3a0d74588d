// SPDX-License-Identifier: GPL-2.0-or-later
/* The library of all three workloads; its slower builds burn more in library_pack(). */
#include "library.h"
#include "place.h"

uint64_t library_pack(const unsigned char *data, size_t n)
{
	uint64_t sum = 1469598103934665603ULL;

	BURN(LIBRARY);
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ data[i]) * 1099511628211ULL;
	return sum;
}

uint64_t library_check(const unsigned char *data, size_t n)
{
	uint64_t a = 1, b = 0;

	for (size_t i = 0; i < n; i++) {
		a = (a + data[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}
