/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the speedscope writer and reader agree on. The format:
 * https://www.speedscope.app/file-format-schema.json
 */
#ifndef FLAMETAP_REPORT_SPEEDSCOPE_H
#define FLAMETAP_REPORT_SPEEDSCOPE_H

#define SPEEDSCOPE_SCHEMA "https://www.speedscope.app/file-format-schema.json"
/* A file of this exporter with several profiles has the sum of the others first. */
#define SPEEDSCOPE_EXPORTER "flametap"

#endif
