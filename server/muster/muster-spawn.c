/* muster-spawn.c - One run of muster, for posternd and explain.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "muster-spawn.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../role/spawn.h"
#include "../snapshot/snapshot.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)


static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

void
muster_run_close (struct muster_run *run)
{
  close_fd (&run->fd);
  close_fd (&run->memfd);
}


gpg_error_t
muster_spawn (const char *libexec, const char *home, bool verbose,
              int before, struct muster_run *run)
{
  const char *argv[] = { "muster", home, verbose ? "-v" : NULL, NULL };
  struct spawn spawn = { .argv = argv, .n_fds = 3 };
  gpg_error_t err = 0;
  int sv[2];

  run->pid = 0;
  run->fd = run->memfd = -1;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
    return gpg_error_from_syserror ();
  run->fd = sv[0];
  run->memfd = memfd_create ("postern-roster",
                             MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (run->memfd < 0)
    err = gpg_error_from_syserror ();
  spawn.fd[0] = sv[1];
  spawn.fd[1] = run->memfd;
  spawn.fd[2] = before;
  if (!err)
    err = spawn_program (libexec, &spawn, &run->pid);
  close (sv[1]);
  if (err)
    muster_run_close (run);
  return err;
}


/* A descriptor through which nobody could write even without the seals.  */
static gpg_error_t
open_for_readers (int memfd, int *r_fd)
{
  char path[40];

  snprintf (path, sizeof path, "/proc/self/fd/%d", memfd);
  *r_fd = open (path, O_RDONLY | O_CLOEXEC);
  return *r_fd < 0 ? gpg_error_from_syserror () : 0;
}

gpg_error_t
muster_seal (struct muster_run *run, int *r_fd)
{
  gpg_error_t err = 0;
  struct stat st;

  *r_fd = -1;
  if (fcntl (run->memfd, F_ADD_SEALS, SEALS) || fstat (run->memfd, &st))
    err = gpg_error_from_syserror ();
  else if (st.st_size > (off_t)SNAPSHOT_MAX_LEN)
    err = gpg_error (GPG_ERR_TOO_LARGE);
  if (!err)
    err = open_for_readers (run->memfd, r_fd);
  close_fd (&run->memfd);
  return err;
}
