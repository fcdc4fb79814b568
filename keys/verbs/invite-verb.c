/* invite-verb.c - postern-keys invite: fresh invites for enrolled people.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "invite-all.h"
#include "../roster/roster.h"
#include "keys-verbs.h"

static gpg_error_t
write_invite (roster_t roster, const char *name)
{
  gpg_error_t err;
  const struct config_user *user;
  unsigned char *key = NULL, *data = NULL;
  size_t keylen, len;

  user = config_user_by_name (roster_config (roster), name);
  if (!user)
    {
      log_error ("invite %s: nobody of this name is enrolled", name);
      return gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  err = pgp_key_export (roster_people (roster), user->fpr, &key, &keylen);
  if (!err)
    err = roster_invite (roster, user, key, keylen, &data, &len);
  if (!err)
    err = file_write_fd (STDOUT_FILENO, data, len);
  if (err)
    log_error ("invite %s: %s", name, invite_why (err));
  free (key);
  free (data);
  return err;
}


static int
check_options (struct options *opt)
{
  if (opt->all && opt->n_args)
    return kit_usage ("invite", "either one USER or --all DIR");
  if (!opt->all && opt->n_args != 1)
    return kit_usage ("invite", "one USER is needed, or --all DIR");
  if (!opt->all && isatty (STDOUT_FILENO))
    return kit_usage ("invite", "the invite goes to stdout; write it to a "
                      "file with '> %s.invite'", opt->user);
  return -1;
}


static gpg_error_t
run_invite (roster_t roster, const struct options *opt)
{
  gpg_error_t err = 0;
  char *message = NULL;

  if (opt->by)
    err = roster_sign_by (roster, opt->by, &message);
  if (err)
    log_error ("invite: %s", message ? message : gpg_strerror (err));
  else if (opt->all)
    err = invite_all (roster, opt->all);
  else
    err = write_invite (roster, opt->user);
  gpgrt_free (message);
  return err;
}


int
invite_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message;
  int rc;

  rc = check_options (opt);
  if (rc >= 0)
    return rc;
  err = roster_open (opt->dir, &roster, &message);
  if (err)
    log_error ("invite: %s", message ? message : gpg_strerror (err));
  else
    {
      err = run_invite (roster, opt);
      roster_close (roster);
    }
  gpgrt_free (message);
  return log_exit_code (err);
}
