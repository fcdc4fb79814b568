/* run.h - Starting a listed program by checklist, and ending it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What runs is a path that only root can change, with an argv that was
 * resolved from the configuration, a clean environment, no descriptor but
 * its three, a session and (where cgroup v2 is writable) a cgroup of its
 * own, as the user whom the configuration names and nobody else.  When it
 * ends, or its time does, all that it started ends as well.  */

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

/* What the program is told, as POSTERN_USER and so on; NULL: not.  */
struct run_facts
{
  const char *user;
  const char *key;
  const char *source;
  const char *request;
  const char *missed;
};

/* How it ended.  */
struct run_end
{
  bool started;                 /* Else WHY tells, and the rest does not. */
  enum refusal why;             /* A refusal_is_start one.  */
  bool timed_out;
  unsigned int exit_code;
  unsigned int signal;          /* 0: it exited.  */
  uint64_t msecs;               /* That it ran.  */
  uint64_t total;               /* Bytes of output, kept or not.  */
};

typedef struct run_s *run_t;

/* The cgroup folder for runs, to be freed, or NULL where none can be
   made.  Where that is OURS alone, ends what an earlier process left in
   it.  */
char *run_cgroup (const char *name, bool ours);

/* Start PROGRAM with ARGV, INPUT (LEN bytes, copied; NULL: none) on its
   stdin, in a cgroup below CGROUP (NULL: none).  NAME, of letters and
   digits, is the cgroup's.  On failure *R_WHY is which check it did not
   pass.  */
gpg_error_t run_start (const struct config_program *program,
                       const struct strlist *argv,
                       const char *input, size_t len,
                       const struct run_facts *facts,
                       const char *cgroup, const char *name,
                       run_t *r_run, enum refusal *r_why);

/* Kills what runs.  */
void run_release (run_t run);

/* What to wait for: FDS takes RUN_FDS.  Returns how many there are.  */
unsigned int run_prepare (run_t run, struct pollfd *fds);

/* Milliseconds until its time ends.  */
int run_wait (run_t run);

/* Read, write and reap as FDS says, and end what is due.  True when all
   has ended.  */
bool run_turn (run_t run, const struct pollfd *fds, unsigned int n);

/* End it now.  */
void run_stop (run_t run);

void run_get_end (run_t run, struct run_end *r_end);

/* The output that was kept, both of stdout and stderr; the run's.  */
const char *run_output (run_t run, size_t *r_len);

/* Check that PATH is a program that only root can change: the folders on
   its way as well.  REFUSAL_NONE if so, else why not.  R_REAL (may be NULL)
   is the path without links, to be freed.  */
enum refusal run_check_path (const char *path, char **r_real);

#endif /*POSTERN_RUN_H*/
