/* run.h - Start a listed program, and end it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A program runs by a path that only root can change, with arguments that were
 * resolved from the configuration, a clean environment, three descriptors, a
 * session and (if cgroup v2 is writable) a cgroup of its own, as the user that
 * the configuration names.  No shell is involved.  When it ends or its time is
 * up, everything that it started is ended as well.  */

#ifndef POSTERN_RUN_H
#define POSTERN_RUN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../ipc/refusal.h"

#define RUN_FDS 4

/* What the program finds in POSTERN_USER and so on; NULL: not set.  */
struct run_facts
{
  const char *user;
  const char *key;
  const char *source;
  const char *request;
  const char *missed;
};

/* How a program ended.  */
struct run_end
{
  bool started;                 /* Else only WHY is set.  */
  enum refusal why;             /* One for which refusal_is_start is true. */
  bool timed_out;
  unsigned int exit_code;
  unsigned int signal;          /* 0: it exited.  */
  uint64_t msecs;               /* How long it ran.  */
  uint64_t total;               /* Bytes of output, kept or not.  */
};

typedef struct run_s *run_t;

/* All that one process has started and not released.  */
struct run_set
{
  char *cgroup;                 /* Of which each gets one; NULL: none.  */
  run_t first;
};

/* The cgroup folder for runs, to be freed; NULL if none can be made.  If
   nobody else uses it (OURS), end what an earlier process left in it.  */
char *run_cgroup (const char *name, bool ours);

/* Start PROGRAM with ARGV, and INPUT (LEN bytes, copied; NULL: none) on its
   stdin, as one of SET, which must last as long as *R_RUN.  NAME consists of
   letters and digits and is the name of its cgroup.  On failure *R_WHY is the
   check that it did not pass.  */
gpg_error_t run_start (const struct config_program *program,
                       const struct strlist *argv,
                       const char *input, size_t len,
                       const struct run_facts *facts,
                       struct run_set *set, const char *name,
                       run_t *r_run, enum refusal *r_why);

/* Kill what still runs, and free RUN; NULL is ignored.  */
void run_release (run_t run);

/* Fill in what to wait for: FDS takes RUN_FDS elements for each run that has
   not ended, and must last until run_turn.  Returns how many there are.  */
unsigned int run_prepare (const struct run_set *set, struct pollfd *fds);

/* Milliseconds until the time of one of SET ends; -1: none runs.  */
int run_wait (const struct run_set *set);

/* Read, write and reap as the descriptors of run_prepare say, and end what
   is due.  */
void run_turn (const struct run_set *set);

/* True if everything that it started has ended.  */
bool run_ended (run_t run);

/* End it now, first by SIGTERM.  */
void run_stop (run_t run);

/* How it ended, once run_turn has returned true.  */
void run_get_end (run_t run, struct run_end *r_end);

/* The kept output of both stdout and stderr; it lasts as long as RUN.  */
const char *run_output (run_t run, size_t *r_len);

/* Check that only root can change the program PATH, and every folder of its
   path.  REFUSAL_NONE if so, else why not.  *R_REAL (R_REAL may be NULL) is
   the path without symbolic links, to be freed.  */
enum refusal run_check_path (const char *path, char **r_real);

#endif /*POSTERN_RUN_H*/
