/* posternd-agent.c - The gpg-agent that holds the server's secret subkey.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It runs as the unseal user, before and apart from the unseal workers: an
 * agent that gpg starts by itself would inherit their limits and die with
 * the first CPU second too many.  Its socket is made here and outlives it,
 * so that a worker that asks while the agent is started again only
 * waits.  */

#include "posternd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/log.h"
#include "role.h"

/* Make the socket at PATH as the unseal user, whose folder it is in.  */
static gpg_error_t
listen_as_user (struct posternd *posternd, const char *path)
{
  gpg_error_t err;

  if (setegid (posternd->agent_id.gid) || seteuid (posternd->agent_id.uid))
    err = gpg_error_from_syserror ();
  else
    /* An agent that somebody's gpg has left there must not stay.  */
    err = runtime_listen (path, 0077, true, &posternd->agent_fd);
  if (seteuid (0) || setegid (0))
    abort ();
  return err;
}

gpg_error_t
agent_open (struct posternd *posternd)
{
  gpg_error_t err;
  char *path = NULL;

  posternd->agent_home = config_state_path (posternd->config, "unseal");
  if (!posternd->agent_home
      || asprintf (&path, "%s/S.gpg-agent", posternd->agent_home) < 0)
    return gpg_error_from_syserror ();
  err = listen_as_user (posternd, path);
  if (err)
    log_error ("cannot listen on %s: %s", path, gpg_strerror (err));
  free (path);
  return err;
}

/* A key on a card wants scdaemon; the administrator says so by an
   scdaemon.conf in the home.  It can name a library to load, and the folder
   is the unseal user's: so only root's file counts, lest a worker that was
   taken over gets out of its confinement by the agent.  */
static bool
wants_card (struct posternd *posternd)
{
  struct stat st;
  char *path;
  bool wants;

  if (asprintf (&path, "%s/scdaemon.conf", posternd->agent_home) < 0)
    return false;
  wants = !lstat (path, &st);
  if (wants && (!S_ISREG (st.st_mode) || st.st_uid || (st.st_mode & 022)))
    {
      log_warn ("%s is not taken: it must be a file that only root can"
                " write", path);
      wants = false;
    }
  free (path);
  return wants;
}

gpg_error_t
agent_start (struct posternd *posternd, pid_t *r_pid)
{
  const char *argv[] =
    { "gpg-agent", "--homedir", posternd->agent_home, "--options",
      "/dev/null", "--supervised", "--quiet", "--batch",
      "--no-allow-mark-trusted", "--no-allow-external-cache",
      "--no-allow-loopback-pinentry", "--pinentry-program", "/bin/false",
      "--auto-expand-secmem", "--disable-scdaemon", NULL };
  struct spawn spawn;

  if (wants_card (posternd))
    argv[sizeof argv / sizeof *argv - 2] = NULL;
  memset (&spawn, 0, sizeof spawn);
  spawn.path = POSTERN_GPG_AGENT;
  spawn.argv = argv;
  spawn.fd[0] = posternd->agent_fd;
  spawn.n_fds = 1;
  spawn.id = &posternd->agent_id;
  spawn.agent = true;
  return spawn_start (&spawn, r_pid);
}
