/* act-slot.c - How often a command runs, counted over all acts.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Commands live on after a reload, with the act that started them
 * (act-leave.c).  So max-parallel and cooldown are kept in files below
 * RUNTIME/act/runs, one for each slot of a command: it is locked (flock(2))
 * while a program uses the slot, and holds the time at which that started.
 * The kernel releases the locks of an act that dies.  */

#include "act.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"

gpg_error_t
act_slots_open (struct act *act)
{
  char *path = gpgrt_bsprintf ("%s/act/runs", act->role.config->runtime);
  struct act_runs *runs = &act->runs;
  gpg_error_t err = 0;

  if (!path)
    return gpg_error_from_syserror ();
  if ((mkdir (path, 0700) && errno != EEXIST)
      || (runs->folder = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW
                               | O_CLOEXEC)) < 0)
    err = gpg_error_from_syserror ();
  gpgrt_free (path);
  if (err)
    return err;
  runs->alone = act_slots_alone (act);
  /* The exclusive lock of another act that starts lasts only for a moment: it
     takes a shared one, too.  */
  return flock (runs->folder, LOCK_SH) ? gpg_error_from_syserror () : 0;
}


bool
act_slots_alone (struct act *act)
{
  return !flock (act->runs.folder, LOCK_EX | LOCK_NB);
}


static int
open_slot (struct act *act, const struct config_command *command,
           unsigned int i, int flags)
{
  char name[NETSPEC_NAMELEN + 8];

  snprintf (name, sizeof name, "%s.%u", command->terms.name, i);
  return openat (act->runs.folder, name, flags | O_CLOEXEC | O_NOFOLLOW,
                 0600);
}


enum refusal
act_slot_take (struct act *act, const struct config_command *command,
               int *r_slot)
{
  unsigned int i;
  int fd;

  *r_slot = -1;
  for (i = 0; i < command->max_parallel; i++)
    {
      fd = open_slot (act, command, i, O_RDWR | O_CREAT);
      if (fd < 0)
        return REFUSAL_RUN_SYSTEM;
      if (!flock (fd, LOCK_EX | LOCK_NB))
        {
          *r_slot = fd;
          return REFUSAL_NONE;
        }
      close (fd);
    }
  return REFUSAL_COMMAND_BUSY;
}


void
act_slot_started (int slot)
{
  uint64_t now = ticks_boot_us ();

  if (pwrite (slot, &now, sizeof now, 0) != sizeof now)
    log_error ("the start of a command cannot be noted for its cooldown: %s",
               strerror (errno));
}


bool
act_slots_rest (struct act *act, const struct config_command *command)
{
  uint64_t start, now = ticks_boot_us ();
  uint64_t rest = UINT64_C (1000000) * command->cooldown;
  bool rests = false;
  unsigned int i;
  int fd;

  for (i = 0; command->cooldown && !rests && i < CONFIG_MAX_PARALLEL; i++)
    {
      fd = open_slot (act, command, i, O_RDONLY);
      if (fd < 0)
        continue;
      rests = pread (fd, &start, sizeof start, 0) == sizeof start
              && start <= now && now - start < rest;
      close (fd);
    }
  return rests;
}
