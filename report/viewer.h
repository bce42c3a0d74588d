/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of report/viewer/, as bytes; embed.cmake makes viewer.c from them. */
#ifndef FLAMETAP_REPORT_VIEWER_H
#define FLAMETAP_REPORT_VIEWER_H

#include <stddef.h>

extern const char viewer_css[], viewer_js[], waiting_js[];
extern const size_t viewer_css_size, viewer_js_size, waiting_js_size;

#endif
