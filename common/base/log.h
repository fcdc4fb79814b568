/* log.h - Messages to people, on stderr.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One line each: "postern: open web1: no such host; run 'postern hosts'".
 * With a journal behind stderr (JOURNAL_STREAM) a syslog priority prefix
 * is put before it, see sd-daemon(3).  Control characters are replaced.  */

#ifndef POSTERN_LOG_H
#define POSTERN_LOG_H

#include <gpg-error.h>

void log_init (const char *program, int verbose);

/* The name that log_init was given.  */
const char *log_program (void);

/* From here on a line that finds its reader's pipe or socket full is lost,
   instead of waited with.  How many were is told before the next that is
   not.  Files and terminals stay as they are.  */
void log_never_wait (void);
/* Tell so where no line comes after them.  */
void log_tell_lost (void);

void log_error (const char *format, ...) GPGRT_ATTR_PRINTF (1, 2);
void log_warn (const char *format, ...) GPGRT_ATTR_PRINTF (1, 2);
void log_info (const char *format, ...) GPGRT_ATTR_PRINTF (1, 2);
/* Only with -v.  */
void log_debug (const char *format, ...) GPGRT_ATTR_PRINTF (1, 2);

/* Log the error ERR as what FORMAT says, a colon and MESSAGE, or where that is
   NULL the text of ERR; nothing where ERR is 0.  MESSAGE is freed.  Returns
   ERR.  */
gpg_error_t log_failure (gpg_error_t err, char *message,
                         const char *format, ...) GPGRT_ATTR_PRINTF (3, 4);

/* The exit code of sysexits.h for ERR (0: EX_OK).  */
int log_exit_code (gpg_error_t err);

/* At the end of a program: what it printed must have come through.  RC, or
   where it is EX_OK and it did not, EX_IOERR with an error.  (Another RC has
   been explained already.)  That a pipe's
   reader wanted no more, as head(1), is none.  */
int log_close_stdout (int rc);

#endif /*POSTERN_LOG_H*/
