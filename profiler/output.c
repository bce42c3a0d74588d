// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A path comes in, a stream goes out; when it is committed, what was written
 * stands under that path, or one message says why not and the path is as it
 * was before.
 */
#include "profiler/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/message.h"
#include "profiler/output_file.h"

/* Behind the stream, to know what a write failed of: stdio keeps only that it failed. */
struct output_sink {
	int fd;
	int error; /* first errno, 0 for none */
};

static ssize_t sink_write(void *cookie, const char *data, size_t n)
{
	struct output_sink *sink = cookie;
	size_t done = 0;

	while (done < n && !sink->error) {
		struct pollfd room = {.fd = sink->fd, .events = POLLOUT};
		ssize_t written = write(sink->fd, data + done, n - done);

		if (written >= 0)
			done += (size_t)written;
		else if (errno == EAGAIN) /* somebody made the terminal or pipe non-blocking */
			poll(&room, 1, -1);
		else if (errno != EINTR)
			sink->error = errno;
	}
	return (ssize_t)done; /* fewer than n is how a cookie tells of failure */
}

static const char *object(const struct output *output)
{
	return strcmp(output->path, "-") ? output->path : "standard output";
}

static void say_denied(const struct output *output, int err, const struct invoker *invoker)
{
	if (invoker->sudo)
		message("%s: %s for %s, who ran sudo; name a place that %s may write to",
			object(output), strerror(err), *invoker->name ? invoker->name : "the user",
			*invoker->name ? invoker->name : "the user");
	else
		message("%s: %s; name a place that you may write to", object(output),
			strerror(err));
}

/* err: positive. */
static void say_failed(const struct output *output, int err, const struct invoker *invoker)
{
	switch (err) {
	case EACCES:
	case EPERM:
	case EROFS:
		say_denied(output, err, invoker);
		return;
	case ENOSPC:
	case EDQUOT:
		message("%s: %s; make room, or name another place", object(output), strerror(err));
		return;
	case EFBIG:
		message("%s: larger than files may be here; ulimit -f unlimited", object(output));
		return;
	case EISDIR:
		message("%s: is a directory; name a file in it", object(output));
		return;
	case OUTPUT_NO_DIRECTORY:
		message("%s: there is no such directory; make it, or name another", object(output));
		return;
	case OUTPUT_DANGLING:
		message("%s: is a symbolic link to nothing; remove it, or name another file",
			object(output));
		return;
	case OUTPUT_NOT_A_FILE:
		message("%s: is a disk or a socket; name a file", object(output));
		return;
	case OUTPUT_CHANGED:
		message("%s: became something else meanwhile; try again", object(output));
		return;
	}
	message("%s: %s; name another place", object(output), strerror(err));
}

static int open_stream(struct output *output)
{
	static const cookie_io_functions_t functions = {.write = sink_write};

	output->sink = calloc(1, sizeof(*output->sink));
	if (!output->sink)
		return -ENOMEM;
	output->sink->fd = output->fd;
	output->stream = fopencookie(output->sink, "w", functions);
	if (!output->stream)
		return -ENOMEM;
	setvbuf(output->stream, NULL, _IOFBF, 65536);
	return 0;
}

static int open_standard_output(struct output *output)
{
	output->direct = true;
	output->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return output->fd < 0 ? -errno : 0;
}

int output_open(struct output *output, const char *path, bool keep_old,
		const struct invoker *invoker)
{
	int err;

	*output = (struct output){.path = path, .fd = -1, .dir_fd = -1, .keep_old = keep_old};
	if (!strcmp(path, "-")) {
		err = open_standard_output(output);
	} else {
		err = invoker_begin(invoker);
		if (!err) {
			err = output_file_open(output);
			invoker_end(invoker);
		}
	}
	if (!err)
		err = open_stream(output);
	if (!err)
		return 0;
	say_failed(output, -err, invoker);
	output_discard(output);
	return err > -OUTPUT_DANGLING ? err : -EINVAL;
}

/* Everything written is with the kernel, or the first error is known. */
static int flush(struct output *output)
{
	bool failed = fflush(output->stream) || ferror(output->stream);
	int copy;

	if (output->sink->error)
		return -output->sink->error;
	if (failed)
		return -EIO;
	/* Network file systems tell of a full disk when a descriptor is closed. */
	copy = fcntl(output->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy >= 0 && close(copy) && errno != EINTR)
		return -errno;
	return 0;
}

int output_commit(struct output *output, const struct invoker *invoker)
{
	int err = flush(output);

	if (!err && !output->direct) {
		err = invoker_begin(invoker);
		if (!err) {
			err = output_file_place(output);
			invoker_end(invoker);
		}
	}
	if (err && !(err == -EPIPE && output->direct))
		say_failed(output, -err, invoker);
	output_discard(output);
	return err > -OUTPUT_DANGLING ? err : -EINVAL;
}

void output_discard(struct output *output)
{
	if (!output->path)
		return;
	/* What is still in the buffer is not wanted any more. */
	if (output->sink && !output->sink->error)
		output->sink->error = ECANCELED;
	if (output->stream)
		fclose(output->stream);
	if (output->fd >= 0)
		close(output->fd);
	if (output->dir_fd >= 0)
		close(output->dir_fd);
	free(output->sink);
	free(output->name);
	output->stream = NULL;
	output->sink = NULL;
	output->name = NULL;
	output->fd = output->dir_fd = -1;
}
