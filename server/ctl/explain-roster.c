/* explain-roster.c - The roster's snapshot, for explain's own verify.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As posternd has it made: by muster, which judges the keyring with gpg.  */

#include "explain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "../../common/base/log.h"
#include "../ipc/packets.h"
#include "../muster/muster-spawn.h"
#include "../role/spawn.h"

#define PATIENCE_MS 120000      /* For all of it.  */


/* What it says does not matter here.  */
static gpg_error_t
note_mustered (void *hook, const struct message *msg)
{
  (void)msg;
  *(bool *)hook = true;
  return 0;
}


/* Wait until muster has told, or has failed.  */
static gpg_error_t
wait_for_muster (struct muster_run *run)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (MUSTERED, FROM_MUSTER, note_mustered) };
  struct pollfd fd = { run->fd, POLLIN, 0 };
  gpg_error_t err = 0;
  bool told = false;

  while (!err && !told)
    {
      if (poll (&fd, 1, PATIENCE_MS) <= 0)
        return gpg_error (GPG_ERR_TIMEOUT);
      err = packet_dispatch (run->fd, FROM_MUSTER, table, 1, &told);
      if (gpg_err_code (err) == GPG_ERR_EAGAIN)
        err = 0;
    }
  return err;
}


gpg_error_t
explain_roster (config_t config, int *r_fd)
{
  struct muster_run run;
  char *home = config_state_path (config, "muster");
  gpg_error_t err;
  int code = -1;

  *r_fd = -1;
  if (!home)
    return gpg_error_from_syserror ();
  err = muster_spawn (spawn_libexec (), home, false, -1, &run);
  if (!err)
    {
      err = wait_for_muster (&run);
      if (err)
        kill (-run.pid, SIGKILL);
      code = spawn_wait (run.pid);
      if (!err && code)
        err = gpg_error (GPG_ERR_NOT_OPERATIONAL);
      if (!err)
        err = muster_seal (&run, r_fd);
      muster_run_close (&run);
    }
  if (err)
    log_error ("explain: the keys in %s cannot be judged: %s", home,
               gpg_strerror (err));
  free (home);
  return err;
}
