/* invite-verb.c - postern-keys invite: fresh invites for enrolled people.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing in the roster changes but the serial of the invites.  */

#include <stdlib.h>
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
  unsigned char *data;
  size_t len;

  user = config_user_by_name (roster_config (roster), name);
  if (!user)
    {
      log_error ("invite %s: nobody of this name is enrolled", name);
      return gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  err = roster_invite (roster, user, NULL, 0, &data, &len);
  if (!err)
    err = file_write_fd (STDOUT_FILENO, data, len);
  if (err)
    log_error ("invite %s: %s", name, invite_why (err));
  free (data);
  return err;
}


static int
check_invite_options (struct options *opt)
{
  if (opt->all && opt->n_args)
    return kit_usage ("invite", "give either one USER or --all DIR");
  if (!opt->all && opt->n_args != 1)
    return kit_usage ("invite", "one USER is needed, or --all DIR");
  return opt->all ? KIT_GO_ON : invite_check_stdout ("invite", opt->user);
}


static gpg_error_t
run_invite (roster_t roster, const struct options *opt)
{
  gpg_error_t err = 0;
  char *message = NULL;

  if (opt->by)
    err = roster_sign_by (roster, opt->by, &message);
  if (log_failure (err, message, "invite"))
    return err;
  return opt->all ? invite_all (roster, opt->all)
    : write_invite (roster, opt->user);
}


int
invite_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message;
  int rc;

  rc = check_invite_options (opt);
  if (rc != KIT_GO_ON)
    return rc;
  err = roster_open (opt->dir, &roster, &message);
  log_failure (err, message, "invite");
  if (!err)
    err = run_invite (roster, opt);
  roster_close (roster);
  return log_exit_code (err);
}
