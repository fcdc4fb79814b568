/* advise-firewall.c - What act says of the host's firewall.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "../../common/base/log.h"
#include "../role/spawn.h"


/* The exit code of the child PID.  */
static int
await_act (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return EX_OSERR;
  if (WIFEXITED (status))
    return WEXITSTATUS (status);
  log_error ("act was ended by signal %d", WTERMSIG (status));
  return EX_SOFTWARE;
}


static gpg_error_t
start_act (const struct advise_firewall *how, pid_t *r_pid)
{
  const char *argv[7] = { "act", "--check", "--config", how->dir };
  struct spawn spawn;
  gpg_error_t err;
  char *path;
  int n = 4;

  if (how->dump)
    argv[n++] = "--dump";
  if (how->verbose)
    argv[n++] = "-v";
  if (asprintf (&path, "%s/act", how->libexec) < 0)
    return gpg_error_from_syserror ();
  memset (&spawn, 0, sizeof spawn);
  spawn.path = path;
  spawn.argv = argv;
  spawn.talks = how->to_stdout;
  fflush (stdout);
  err = spawn_start (&spawn, r_pid);
  free (path);
  if (err)
    log_error ("cannot start act: %s", gpg_strerror (err));
  return err;
}


int
advise_firewall (const struct advise_firewall *how)
{
  pid_t pid;

  return start_act (how, &pid) ? EX_OSERR : await_act (pid);
}


void
advise_firewall_begin (const struct advise_firewall *how)
{
  pid_t pid;

  start_act (how, &pid);
}
