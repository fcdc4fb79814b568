/* shut.c - Shutting the ports without a configuration or another role.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A unit of its own starts it early at boot, and posternd starts it before
 * anything else.  It must not depend on anything that an administrator's
 * mistake or a role that was taken over can break: it reads one file, which
 * only root can have written.  A table that exists and shuts the ports stays
 * as it is, with its grants.  */

#include "../role/mains.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "../../common/base/log.h"
#include "../role/confine.h"
#include "firewall.h"
#include "../store/lastgood.h"

struct shut_options
{
  const char *state;
  bool failed;                  /* The configuration cannot be read.  */
  bool open;                    /* Remove the table, regardless of the file.  */
};


static void
parse_shut (int argc, char **argv, struct shut_options *opt)
{
  opt->failed = argc == 3 && !strcmp (argv[1], "--failed");
  opt->open = argc == 3 && !strcmp (argv[1], "--open");
  if (argc != 2 + (opt->failed || opt->open) || *argv[argc - 1] == '-')
    {
      log_error ("shut is started by posternd or systemd; see posternd(8)");
      exit (EX_USAGE);
    }
  opt->state = argv[argc - 1];
}


static int
remove_table (firewall_t firewall)
{
  if (!firewall_remove (firewall))
    return EX_OK;
  log_error ("the table cannot be removed: %s", firewall_message (firewall));
  return EX_UNAVAILABLE;
}


static int
load_table (firewall_t firewall, const char *text)
{
  if (firewall_is_there (firewall))
    return EX_OK;
  if (firewall_load (firewall, text))
    {
      log_error ("the last good table cannot be loaded: %s",
                 firewall_message (firewall));
      return EX_UNAVAILABLE;
    }
  log_info ("the ports are shut by the last good table, without grants");
  return EX_OK;
}


static int
read_failed (gpg_error_t err, const char *where)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_NOT_FOUND:     /* No table was ever loaded.  */
      return EX_OK;
    case GPG_ERR_EPERM:
      log_error ("%s is not used: it must belong to root and be writable by"
                 " nobody else; run 'chown root %s' and 'chmod go-w %s'",
                 where ? where : "the last good table",
                 where ? where : "it", where ? where : "it");
      return EX_NOPERM;
    default:
      log_error ("%s: %s; remove it, the next start writes a new one",
                 where ? where : "the last good table", gpg_strerror (err));
      return EX_DATAERR;
    }
}


static int
go_by_last (firewall_t firewall, const struct shut_options *opt,
            enum config_on_fail on_fail, const char *text)
{
  if (!opt->failed || on_fail == CONFIG_FAIL_SHUT)
    return load_table (firewall, text);
  log_warn ("all ports are open: on-fail was 'open' when posternd last"
            " started");
  return remove_table (firewall);
}


int
shut_main (int argc, char **argv)
{
  static struct config_s nothing;       /* Only the file counts.  */
  struct shut_options opt = { NULL, false, false };
  enum config_on_fail on_fail = CONFIG_FAIL_SHUT;
  char *text = NULL, *where = NULL;
  firewall_t firewall = NULL;
  gpg_error_t err = 0;
  int code;

  log_init ("shut", 0);
  log_never_wait ();
  parse_shut (argc, argv, &opt);
  if (!opt.open)
    err = lastgood_read (opt.state, &on_fail, &text, &where);
  if (err)
    code = read_failed (err, where);
  else if ((err = confine_user (NULL, UINT64_C (1) << CAP_NET_ADMIN))
           || (err = firewall_new (&nothing, 0, &firewall)))
    {
      log_error ("cannot set up nftables: %s", gpg_strerror (err));
      code = EX_OSERR;
    }
  else if (opt.open)
    code = remove_table (firewall);
  else
    code = go_by_last (firewall, &opt, on_fail, text);
  firewall_release (firewall);
  free (where);
  free (text);
  return code;
}
