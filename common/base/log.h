/* log.h - Messages to people, on stderr.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One line each: "postern: open web1: no such host; run 'postern hosts'".
 * If stderr is a journal (JOURNAL_STREAM), each has a syslog priority prefix,
 * see sd-daemon(3).  Control characters are replaced by '?'.  */

#ifndef POSTERN_LOG_H
#define POSTERN_LOG_H

#include <gpg-error.h>

/* Set the name that begins each line, which must last, and whether log_debug
   prints.  Lines wait for their reader.  */
void log_init (const char *program, int verbose);

/* The name that log_init was given.  */
const char *log_program (void);

/* From now on a line is lost if the pipe or socket of its reader is full,
   instead of waiting.  The next line that is not lost is preceded by one that
   says how many were.  Files and terminals are not affected.  */
void log_never_wait (void);

/* Report lost lines now, even if no further line follows.  */
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

/* At the end of a program: check that its output was written.  Returns RC;
   or, if RC is EX_OK and the output was not written, EX_IOERR after a
   message.  (Any other RC has been explained already.)  It is not an error if
   the reader of a pipe, such as head(1), has gone.  */
int log_close_stdout (int rc);

#endif /*POSTERN_LOG_H*/
