/* invite-all.c - Writing invites: to stdout, or for many into a folder.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each is encrypted to its person, so whoever finds the file learns only whom
 * it is for.  */

#include "invite-all.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../../common/base/options-kit.h"
#include "../batch/batch-progress.h"


gpg_error_t
invite_folder (const char *dir)
{
  struct stat st;

  if (mkdir (dir, 0700) && errno != EEXIST)
    return gpg_error_from_syserror ();
  if (stat (dir, &st))
    return gpg_error_from_syserror ();
  return S_ISDIR (st.st_mode) ? 0 : gpg_error (GPG_ERR_ENOTDIR);
}


const char *
invite_why (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_NO_KEY:
      return "there is no door for them; see 'postern-keys door list'";
    case GPG_ERR_KEY_EXPIRED:
      return "the door that this person is tied to has ended";
    case GPG_ERR_UNUSABLE_PUBKEY:
      return "the person's key is expired or revoked, or cannot encrypt";
    case GPG_ERR_ENOTTY:
    case GPG_ERR_NO_PIN_ENTRY:
      return "the signing key needs a passphrase or a card, and there is no"
        " terminal to ask on; set GPG_TTY";
    case GPG_ERR_CANCELED:
    case GPG_ERR_FULLY_CANCELED:
    case GPG_ERR_BAD_PASSPHRASE:
    case GPG_ERR_CARD_NOT_PRESENT:
      return "the signing key was not unlocked: its passphrase or card is"
        " needed";
    case GPG_ERR_NOT_FOUND:
      return "the person's key is not in the roster's keyring";
    default:
      return gpg_strerror (err);
    }
}


gpg_error_t
invite_to_folder (roster_t roster, const char *dir,
                  const struct config_user *user,
                  const void *keydata, size_t keylen)
{
  gpg_error_t err;
  unsigned char *data;
  size_t len;
  char *path;

  err = roster_invite (roster, user, keydata, keylen, &data, &len);
  if (err)
    return err;
  path = gpgrt_bsprintf ("%s/%s.invite", dir, user->name);
  err = path ? file_write (path, data, len, 0600, 0)
    : gpg_error_from_syserror ();
  gpgrt_free (path);
  free (data);
  return err;
}


int
invite_check_stdout (const char *verb, const char *name)
{
  return isatty (STDOUT_FILENO)
    ? kit_usage (verb, "the invite goes to stdout; write it to a file with"
                 " '> %s.invite'", name) : KIT_GO_ON;
}


gpg_error_t
invite_to_stdout (const char *verb, const char *name, const void *invite,
                  size_t len)
{
  gpg_error_t err = file_write_fd (STDOUT_FILENO, invite, len);

  if (err)
    log_error ("%s %s: invite: %s; 'postern-keys invite %s' writes another",
               verb, name, gpg_strerror (err), name);
  return err;
}


/* People whose access has ended get none.  */
static gpg_error_t
invite_each (roster_t roster, const char *dir, progress_t progress)
{
  config_t config = roster_config (roster);
  uint64_t now = (uint64_t)time (NULL);
  const struct config_user *user;
  size_t i, failed, written = 0, over = 0;
  gpg_error_t err;

  for (i = 0; i < config->n_users; i++)
    {
      user = config->user + i;
      progress_step (progress, user->name);
      if (user->expires && user->expires <= now)
        {
          over++;
          continue;
        }
      err = invite_to_folder (roster, dir, user, NULL, 0);
      written += !err;
      if (err)
        progress_fail (progress, user->name, invite_why (err));
    }
  failed = progress_finish (progress);
  log_info ("%zu %s in %s%s", written,
            written == 1 ? "invite is" : "invites are", dir,
            over ? "; those whose access has ended got none" : "");
  return failed ? gpg_error (GPG_ERR_BAD_DATA) : 0;
}


/* The serials are taken at once: a file write for each would be slow.  */
gpg_error_t
invite_all (roster_t roster, const char *dir)
{
  gpg_error_t err;
  progress_t progress = NULL;
  size_t n = roster_config (roster)->n_users;

  err = invite_folder (dir);
  if (!err && n)
    err = roster_take_serials (roster, n);
  if (!err)
    err = progress_new ("invite", n, &progress);
  if (err)
    log_error ("invite --all %s: %s", dir, gpg_strerror (err));
  else
    err = invite_each (roster, dir, progress);
  progress_release (progress);
  return err;
}
