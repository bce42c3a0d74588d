/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A path and the root directory that it is meant in go in; a descriptor of a
 * regular file comes out. Nothing else is opened: to open a device or a FIFO
 * can do things, or wait.
 */
#ifndef FLAMETAP_SYMBOLIZE_OPEN_FILE_H
#define FLAMETAP_SYMBOLIZE_OPEN_FILE_H

/* To be read, close-on-exec. root_fd is a directory that neither ".." nor symbolic links lead out
 * of; -1 stands for this process's own, and then the path may be relative. A negative errno;
 * -EACCES for what is no regular file. */
int open_file_regular(int root_fd, const char *path);

#endif
