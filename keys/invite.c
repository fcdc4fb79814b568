/* invite.c - postern-keys invite: a fresh invite for an enrolled person.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../common/invite.h"

#include <getopt.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>
#include "../common/file.h"
#include "../common/log.h"
#include "roster.h"
#include "verbs.h"


static gpg_error_t
write_invite (roster_t roster, const char *name)
{
  gpg_error_t err;
  const struct config_user *user;
  unsigned char *key = NULL, *data = NULL;
  size_t keylen, len;

  user = config_user_by_name (roster_config (roster), name);
  if (!user)
    return gpg_error (GPG_ERR_UNKNOWN_NAME);
  err = pgp_key_export (roster_people (roster), user->fpr, &key, &keylen);
  if (!err)
    err = roster_invite (roster, user, key, keylen, &data, &len);
  if (!err)
    err = file_write_fd (STDOUT_FILENO, data, len);
  free (key);
  free (data);
  return err;
}


/* -1: go on; else the exit code.  */
static int
parse_options (int argc, char **argv, const char **r_dir)
{
  static const struct option options[] =
    {
      { "config", required_argument, NULL, 'c' },
      { "help", no_argument, NULL, 'h' },
      { NULL, 0, NULL, 0 }
    };
  int c;

  while ((c = getopt_long (argc, argv, "h", options, NULL)) != -1)
    switch (c)
      {
      case 'c': *r_dir = optarg; break;
      case 'h': return verb_help ("invite");
      default: return verb_bad_option ("invite", argv);
      }
  if (argc - optind != 1)
    return verb_usage ("invite", "one USER is needed");
  if (isatty (STDOUT_FILENO))
    return verb_usage ("invite", "the invite goes to stdout; write it to a "
                       "file with '> %s.invite'", argv[optind]);
  return -1;
}


int
invite_verb (int argc, char **argv)
{
  gpg_error_t err;
  const char *dir = POSTERN_SYSCONFDIR, *name;
  roster_t roster;
  char *message;
  int rc;

  rc = parse_options (argc, argv, &dir);
  if (rc >= 0)
    return rc;
  name = argv[optind];
  err = roster_open (dir, &roster, &message);
  if (err)
    log_error ("invite %s: %s", name, message ? message : gpg_strerror (err));
  else
    {
      err = write_invite (roster, name);
      if (err)
        log_error ("invite %s: %s", name,
                   gpg_err_code (err) == GPG_ERR_UNKNOWN_NAME
                   ? "nobody of this name is enrolled" : gpg_strerror (err));
      roster_close (roster);
    }
  gpgrt_free (message);
  return log_exit_code (err);
}
