/* muster-spawn.h - One run of muster, for posternd and explain.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * muster (muster.c) judges the roster's keyring and writes a snapshot of it
 * into a memfd, which only whoever started it seals and passes on.  */

#ifndef POSTERN_MUSTER_SPAWN_H
#define POSTERN_MUSTER_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>
#include <gpg-error.h>

struct muster_run
{
  pid_t pid;                    /* Also of its process group.  */
  int fd;                       /* Our end of its channel.  */
  int memfd;                    /* That it writes.  */
};

/* Start muster, in the folder LIBEXEC, for the keyring HOME.  What stands in
   the snapshot BEFORE (-1: none) is not judged again where nothing has
   changed.  On failure RUN has no process and no descriptor.  */
gpg_error_t muster_spawn (const char *libexec, const char *home, bool verbose,
                          int before, struct muster_run *run);

/* After muster has ended well: seal what it wrote, and close RUN's memfd.
   *R_FD can only be read.  GPG_ERR_TOO_LARGE if no reader would take it;
   GPG_ERR_EBUSY if something can still write it.  */
gpg_error_t muster_seal (struct muster_run *run, int *r_fd);

/* Close RUN's descriptors.  */
void muster_run_close (struct muster_run *run);

#endif /*POSTERN_MUSTER_SPAWN_H*/
