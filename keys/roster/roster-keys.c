/* roster-keys.c - Adding keys to the roster's home, and deleting them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg changes a copy of the keyring, as a user who cannot write to the home;
 * then root moves the file into place unread.  A gpg that was taken over
 * never runs as root, and root's own gpg never reads what strangers made.  */

#include "roster-parts.h"

#include <sys/stat.h>
#include <unistd.h>
#include "lock.h"
#include "scratch.h"

#define MAX_WAIT_MS 60000       /* For another change.  */

/* What is to be done to the copy.  */
struct change
{
  gpg_error_t (*act) (pgp_t pgp, const struct change *change);
  const void *data;
  size_t len;
  const char *fpr;
};


static gpg_error_t
import_one (pgp_t pgp, const struct change *change)
{
  return pgp_key_import (pgp, change->data, change->len);
}


static gpg_error_t
import_all (pgp_t pgp, const struct change *change)
{
  return pgp_keys_import (pgp, change->data, change->len);
}


static gpg_error_t
delete_key (pgp_t pgp, const struct change *change)
{
  return pgp_key_delete (pgp, change->fpr);
}


static gpg_error_t
change_copy (roster_t roster, const struct change *change)
{
  gpg_error_t err;
  struct scratch scratch;
  mode_t mask = umask (077);

  err = scratch_open (&scratch);
  if (!err)
    err = scratch_borrow (&scratch, roster->muster);
  if (!err)
    err = change->act (scratch.pgp, change);
  umask (027);                  /* muster's group reads the keyring.  */
  if (!err)
    err = scratch_return (&scratch, roster->muster);
  umask (mask);
  scratch_close (&scratch);
  return err;
}


/* A revocation does not wait for the roster's lock, so the keyring has a lock
   of its own, held only during the change: without it, of two programs that
   each change a copy, the later one would undo the other's.  */
static gpg_error_t
change_home (roster_t roster, const struct change *change)
{
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/users.d/.keyring-lock",
                               roster->config->dir);
  int lock = -1;

  roster_forget_sharing (roster);
  err = path ? lock_take (path, MAX_WAIT_MS, &lock)
    : gpg_error_from_syserror ();
  if (!err)
    err = change_copy (roster, change);
  if (lock >= 0)
    close (lock);
  gpgrt_free (path);
  return err;
}


gpg_error_t
roster_add_key (roster_t roster, const void *data, size_t len)
{
  const struct change change = { import_one, data, len, NULL };

  return change_home (roster, &change);
}


gpg_error_t
roster_add_keys (roster_t roster, const void *data, size_t len)
{
  const struct change change = { import_all, data, len, NULL };

  return change_home (roster, &change);
}


gpg_error_t
roster_drop_key (roster_t roster, const char *fpr)
{
  const struct change change = { delete_key, NULL, 0, fpr };
  gpg_error_t err = change_home (roster, &change);

  return gpg_err_code (err) == GPG_ERR_NOT_FOUND ? 0 : err;
}
