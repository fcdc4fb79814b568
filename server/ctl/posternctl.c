/* posternctl.c - Reaching the running posternd.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "posternctl.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/log.h"


/* Find the folder of the socket.  A configuration that is just being edited
   must keep nobody from talking to the posternd that runs by the one before:
   if it cannot be read, look where init puts the socket.  */
static gpg_error_t
find_runtime (const struct ctl_options *opt, char **r_runtime,
              char **r_message)
{
  config_t config = NULL;
  gpg_error_t err;

  *r_message = NULL;
  if (opt->runtime)
    {
      *r_runtime = gpgrt_strdup (opt->runtime);
      return *r_runtime ? 0 : gpg_error_from_syserror ();
    }
  err = config_load (opt->dir, &config, r_message);
  if (!err)
    *r_runtime = gpgrt_strdup (config->runtime);
  else if (!strcmp (opt->dir, POSTERN_SYSCONFDIR))
    *r_runtime = gpgrt_strdup (POSTERN_RUNDIR);
  else
    *r_runtime = gpgrt_bsprintf ("%s/run", opt->dir);
  config_release (config);
  if (!*r_runtime)
    return gpg_error_from_syserror ();
  return gpg_err_code (err) == GPG_ERR_INV_VALUE
    ? gpg_error (GPG_ERR_CONFIGURATION) : err;
}


gpg_error_t
ctl_connect (const struct ctl_options *opt, bool quiet,
             console_t *r_console)
{
  gpg_error_t err, bad;
  char *runtime = NULL, *message = NULL;

  *r_console = NULL;
  bad = find_runtime (opt, &runtime, &message);
  err = runtime ? console_open (runtime, r_console) : bad;
  if (!err || quiet)
    ;
  else if (bad && geteuid ())
    {
      log_error ("only root can do this (%s)", message ? message
                 : gpg_strerror (bad));
      bad = gpg_error (GPG_ERR_EACCES);
    }
  else if (bad)
    log_error ("%s", message ? message : gpg_strerror (bad));
  else if (gpg_err_code (err) == GPG_ERR_EACCES)
    log_error ("only root can do this (%s/control: Permission denied)",
               runtime);
  else if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    log_error ("no posternd runs here (%s/control); 'systemctl status"
               " postern' may tell why", runtime);
  else
    log_error ("%s/control: %s", runtime, console_why (err));
  gpgrt_free (runtime);
  free (message);
  return err && bad ? bad : err;
}


int
ctl_exit_code (gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_NOT_FOUND
    ? EX_UNAVAILABLE : log_exit_code (err);
}
