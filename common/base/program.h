/* program.h - Start a program, give it input and collect its output.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For programs that run to their end while the caller waits: a helper of
 * the system, or the person's own command.  No shell ever reads a command
 * line.  The server's roles and the commands of its users are started
 * elsewhere (server/role/spawn.h, server/run), because they get and lose
 * privileges on the way.  */

#ifndef POSTERN_COMMON_PROGRAM_H
#define POSTERN_COMMON_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>

/* Every pipe holds this many bytes, whatever limits apply to the user.  */
#define PROGRAM_MAX_INPUT 4096

/* Takes LEN bytes of output.  An error ends the program.  */
typedef gpg_error_t (*program_take_t) (void *hook, const char *data,
                                       size_t len);

struct program
{
  /* ARGV ends with NULL, and argv[0] is an absolute path; the environment
     is PATH alone, and only stdin, stdout and stderr stay open.  With
     PERSONAL the program is one that the person chose: argv[0] is looked
     up in PATH, and it inherits the environment and what the person left
     open.  Without ARGV, a child calls CALL with ARG and exits with its
     result.  */
  char *const *argv;
  bool personal;
  int (*call) (void *arg);
  void *arg;

  /* What stdin gives, at most PROGRAM_MAX_INPUT bytes; NULL: nothing.  A
     program that does not read it is not an error.  */
  const void *input;
  size_t inputlen;

  int timeout_ms;               /* Negative: no deadline.  */

  /* Where stdout goes: SIZE bytes, of secret memory where the output is a
     secret; the output must be shorter than that.  With TAKE, each chunk
     goes through it and from there to TAKE with HOOK, MAX_OUTPUT bytes at
     most.  NULL: stdout is /dev/null.  stderr is always the caller's.  */
  char *buf;
  size_t size;
  program_take_t take;
  void *hook;
  size_t max_output;
};

/* Run PROGRAM and wait for its end.  *R_LEN is the length of its output,
   *R_STATUS its status as in waitpid(2).  The result is 0 whatever the
   status is.  On an error the program was killed, if it was started at
   all, and what is in BUF was wiped:
     GPG_ERR_TIMEOUT     it ran longer than TIMEOUT_MS
     GPG_ERR_TOO_LARGE   it printed more than that, or INPUT is too long
   and others of posix_spawn(3), such as GPG_ERR_ENOENT, and of TAKE.  */
gpg_error_t program_run (const struct program *program, size_t *r_len,
                         int *r_status);

#endif /*POSTERN_COMMON_PROGRAM_H*/
