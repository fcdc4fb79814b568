/* roster-keys.c - Keys come into the roster's home, and go.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg changes a copy of the keyring, as a user who cannot write to the home,
 * and root puts the file there as it is: root's gpg never reads it.  */

#include "roster-parts.h"

#include <sys/stat.h>
#include <unistd.h>
#include "lock.h"
#include "scratch.h"

#define MAX_WAIT 60000          /* Milliseconds, for another change.  */

/* What is to be done in the copy.  */
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
delete_one (pgp_t pgp, const struct change *change)
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
    err = scratch_borrow (&scratch, roster->verify);
  if (!err)
    err = change->act (scratch.pgp, change);
  umask (027);
  if (!err)
    err = scratch_return (&scratch, roster->verify);
  umask (mask);
  scratch_close (&scratch);
  return err;
}


/* A revocation does not wait for who has the roster, and so the keyring has
   a lock of its own, which is held for the change alone.  */
static gpg_error_t
change_home (roster_t roster, const struct change *change)
{
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/users.d/.keyring-lock",
                               roster->config->dir);
  int lock = -1;

  roster_forget_sharing (roster);
  err = path ? lock_take (path, MAX_WAIT, &lock)
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
  const struct change change = { delete_one, NULL, 0, fpr };
  gpg_error_t err = change_home (roster, &change);

  return gpg_err_code (err) == GPG_ERR_NOT_FOUND ? 0 : err;
}
