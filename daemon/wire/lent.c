/* SPDX-License-Identifier: MIT */
#include "wire/lent.h"

void lent_sums(const uint8_t *octets, uint32_t period, uint32_t *sums)
{
	sums[0] = 0;
	for (uint32_t i = 0; i < period; i++)
		sums[i + 1] = sums[i] + ((uint32_t)octets[i] << (i % 2 ? 0 : 8));
}
