/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pprof writer and reader agree on: the field numbers of
 * profile.proto, and what flametap itself puts into labels and comments.
 */
#ifndef FLAMETAP_REPORT_PPROF_H
#define FLAMETAP_REPORT_PPROF_H

enum {
	PPROF_SAMPLE_TYPE = 1,
	PPROF_SAMPLE = 2,
	PPROF_MAPPING = 3,
	PPROF_LOCATION = 4,
	PPROF_FUNCTION = 5,
	PPROF_STRING_TABLE = 6,
	PPROF_TIME_NANOS = 9,
	PPROF_DURATION_NANOS = 10,
	PPROF_PERIOD_TYPE = 11,
	PPROF_PERIOD = 12,
	PPROF_COMMENT = 13,
	PPROF_DEFAULT_SAMPLE_TYPE = 14,

	VALUE_TYPE_TYPE = 1,
	VALUE_TYPE_UNIT = 2,

	SAMPLE_LOCATION_ID = 1,
	SAMPLE_VALUE = 2,
	SAMPLE_LABEL = 3,

	LABEL_KEY = 1,
	LABEL_STR = 2,
	LABEL_NUM = 3,
	LABEL_NUM_UNIT = 4,

	MAPPING_ID = 1,
	MAPPING_MEMORY_START = 2,
	MAPPING_MEMORY_LIMIT = 3,
	MAPPING_FILE_OFFSET = 4,
	MAPPING_FILENAME = 5,
	MAPPING_BUILD_ID = 6,
	MAPPING_HAS_FUNCTIONS = 7,
	MAPPING_HAS_FILENAMES = 8,
	MAPPING_HAS_LINE_NUMBERS = 9,
	MAPPING_HAS_INLINE_FRAMES = 10,

	LOCATION_ID = 1,
	LOCATION_MAPPING_ID = 2,
	LOCATION_ADDRESS = 3,
	LOCATION_LINE = 4,

	LINE_FUNCTION_ID = 1,
	LINE_LINE = 2,

	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
	FUNCTION_SYSTEM_NAME = 3,
	FUNCTION_FILENAME = 4,
	FUNCTION_START_LINE = 5,
};

/* The labels of a sample. PPROF_LABEL_TIME is where its slice starts, in nanoseconds since the
 * start of the recording; it means that only beside the comment that tells the slices' width. */
#define PPROF_LABEL_PID "pid"
#define PPROF_LABEL_TID "tid"
#define PPROF_LABEL_COMM "comm"
#define PPROF_LABEL_THREAD "thread"
#define PPROF_LABEL_TIME "time"
#define PPROF_LABEL_UNWIND "unwind"
/* Those of phases of waiting: the phase makes it one. A bucket is the least length that is in it
 * (wait_bucket.h); the longest is the longest of the phases that the sample is the sum of. */
#define PPROF_LABEL_PHASE "phase"
#define PPROF_PHASE_BLOCKED "blocked"
#define PPROF_PHASE_RUNQUEUE "runqueue"
#define PPROF_LABEL_CLASS "class"
#define PPROF_LABEL_STATE "state"
#define PPROF_LABEL_SYSCALL "syscall"
#define PPROF_LABEL_FUTEX "futex"
#define PPROF_LABEL_IDLE "idle"
#define PPROF_IDLE_YES "yes"
#define PPROF_LABEL_EDGE "edge"
#define PPROF_EDGE_BEFORE "before"
#define PPROF_EDGE_OPEN "open"
#define PPROF_EDGE_BOTH "both"
#define PPROF_LABEL_BUCKET "bucket"
#define PPROF_LABEL_LONGEST "longest"
#define PPROF_SLICE_FORMAT "slice: %llu ns"

#endif
