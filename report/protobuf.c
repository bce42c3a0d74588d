// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields to bytes and back. Nothing is assumed of the bytes that come in. */
#include "report/protobuf.h"

#include <errno.h>

void pb_buffer_deinit(struct pb_buffer *buffer)
{
	vec_deinit(&buffer->bytes);
	buffer->err = 0;
}

void pb_buffer_clear(struct pb_buffer *buffer)
{
	buffer->bytes.n = 0;
}

void pb_add_varint(struct pb_buffer *buffer, uint64_t value)
{
	int err = vec_reserve(&buffer->bytes, buffer->bytes.n + PB_VARINT_MAX);

	if (err)
		buffer->err = err;
	else
		buffer->bytes.n += pb_put_varint(buffer->bytes.data + buffer->bytes.n, value);
}

void pb_add_number(struct pb_buffer *buffer, uint32_t field, uint64_t value)
{
	if (!value)
		return;
	pb_add_varint(buffer, field << 3 | PB_VARINT);
	pb_add_varint(buffer, value);
}

void pb_add_bytes(struct pb_buffer *buffer, uint32_t field, const void *bytes, size_t n)
{
	int err;

	if (!n)
		return;
	pb_add_varint(buffer, field << 3 | PB_BYTES);
	pb_add_varint(buffer, n);
	err = vec_append(&buffer->bytes, (const unsigned char *)bytes, n);
	if (err)
		buffer->err = err;
}

bool pb_split_tag(uint64_t tag, uint32_t *ret_number, enum pb_wire *ret_wire)
{
	unsigned wire = tag & 7;

	*ret_number = tag >> 3;
	*ret_wire = wire;
	return tag <= UINT32_MAX && *ret_number && (wire <= PB_BYTES || wire == PB_FIXED32);
}

static bool get_fixed(const unsigned char **p, const unsigned char *end, size_t n, uint64_t *ret)
{
	if ((size_t)(end - *p) < n)
		return false;
	*ret = 0;
	for (size_t i = 0; i < n; i++)
		*ret |= (uint64_t)(*p)[i] << (8 * i);
	*p += n;
	return true;
}

int pb_next(const unsigned char **p, const unsigned char *end, struct pb_field *ret)
{
	uint64_t value;
	bool ok;

	if (*p >= end)
		return 0;
	*ret = (struct pb_field){};
	if (!pb_get_varint(p, end, &value) || !pb_split_tag(value, &ret->number, &ret->wire))
		return -EINVAL;
	if (ret->wire == PB_FIXED64)
		ok = get_fixed(p, end, 8, &ret->value);
	else if (ret->wire == PB_FIXED32)
		ok = get_fixed(p, end, 4, &ret->value);
	else
		ok = pb_get_varint(p, end, &ret->value);
	if (!ok)
		return -EINVAL;
	if (ret->wire == PB_BYTES) {
		if (ret->value > (size_t)(end - *p))
			return -EINVAL;
		ret->bytes = *p;
		ret->n = ret->value;
		*p += ret->n;
	}
	return 1;
}
