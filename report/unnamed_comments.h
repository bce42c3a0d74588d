/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recording says of code without names ("unnamed: 15.2% of the samples,
 * in /usr/bin/prog: stripped; apt install ...") is no longer true when names
 * are found later: comments and the quality line are brought up to date.
 */
#ifndef FLAMETAP_REPORT_UNNAMED_COMMENTS_H
#define FLAMETAP_REPORT_UNNAMED_COMMENTS_H

struct profile;

/* What a file's comment begins with, and the share below which there is none, in percent. */
#define UNNAMED_COMMENT "unnamed: "
enum { UNNAMED_LEAST_PERCENT = 1 };

/*
 * After names were found, before profile_finish. Comments about modules that have none left go.
 * Of one recording the shares of the others, and the word unnamed= of its quality line, are what
 * they are now, if that is less; of several they stay, as each says what it was in its own. 0 or a
 * negative errno.
 */
int unnamed_comments_update(struct profile *profile);

#endif
