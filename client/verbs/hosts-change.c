/* hosts-change.c - postern hosts rename and remove.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "hosts-parts.h"

#include <string.h>
#include <sysexits.h>
#include "../../common/base/log.h"
#include "../ask/select.h"
#include "verbs.h"


void
hosts_tell_strays (profile_t profile)
{
  const char *name;
  size_t i = 0;

  while ((name = profile_stray (profile, &i)))
    log_info ("hosts.conf has a section for '%s', which you have not joined;"
              " change it there", name);
}


static int
rename_host (profile_t profile, const char *name, const char *new_name)
{
  char *message;
  gpg_error_t err = profile_rename (profile, name, new_name, &message);

  switch (gpg_err_code (err))
    {
    case GPG_ERR_NO_ERROR:
      log_info ("'%s' is now '%s'", name, new_name);
      hosts_tell_strays (profile);
      return EX_OK;
    case GPG_ERR_NOT_FOUND:
      select_one (profile, "hosts", name);
      return EX_NOHOST;
    case GPG_ERR_EEXIST:
      log_error ("hosts: you call another host '%s' already", new_name);
      return EX_USAGE;
    default:
      return log_exit_code (log_failure (err, message, "hosts"));
    }
}


int
hosts_rename (const struct options *options, char **arg, int n)
{
  profile_t profile;
  int rc;

  if (n != 2)
    return kit_usage ("hosts", "'rename' takes the OLD and the NEW name");
  if (!netspec_name_valid (arg[1], strlen (arg[1])))
    return kit_usage ("hosts", "'%s' is not a name ([a-z0-9._-], at most"
                      " %d characters)", arg[1], NETSPEC_NAMELEN);
  rc = profile_open_for ("hosts", options->config, true, &profile);
  if (rc >= 0)
    return rc;
  rc = rename_host (profile, arg[0], arg[1]);
  profile_close (profile);
  return rc;
}


static int
remove_host (profile_t profile, const char *name)
{
  const struct profile_host *host = select_one (profile, "hosts", name);
  char server[NETSPEC_FPRLEN + 1], *message = NULL;
  gpg_error_t err;

  if (!host)
    return EX_NOHOST;
  memcpy (server, host->server, sizeof server);
  err = profile_remove (profile, name, &message);
  log_failure (err, message, "hosts");
  if (!err)
    log_info ("removed '%s', which had the server key %s", name, server);
  return log_exit_code (err);
}


int
hosts_remove (const struct options *options, char **arg, int n)
{
  profile_t profile;
  int i, rc;

  if (!n)
    return kit_usage ("hosts", "remove which host?");
  rc = profile_open_for ("hosts", options->config, true, &profile);
  if (rc >= 0)
    return rc;
  for (i = 0, rc = EX_OK; i < n && rc == EX_OK; i++)
    rc = remove_host (profile, arg[i]);
  hosts_tell_strays (profile);
  profile_close (profile);
  return rc;
}
