/* replace.c - postern-keys replace: another key for the same person.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Name, groups and door stay, and so does what the audit knows of the
 * person.  What the old key has opened ends with the reload: act goes by
 * the fingerprint too.  */

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../roster/candidate.h"
#include "../roster/roster.h"
#include "keys-verbs.h"

/* -1: go on; else the exit code.  */
static int
check_options (const struct options *opt)
{
  if (!opt->key)
    return kit_usage ("replace", "--key is needed");
  if (isatty (STDOUT_FILENO))
    return kit_usage ("replace", "the invite goes to stdout; write it to a "
                      "file with '> %s.invite'", opt->user);
  return -1;
}


/* The person as they will be.  */
static gpg_error_t
make_invite (roster_t roster, const char *name, const struct candidate *cand,
             unsigned char **r_invite, size_t *r_len)
{
  struct config_user user = *config_user_by_name (roster_config (roster),
                                                  name);
  gpg_error_t err;

  memcpy (user.fpr, cand->key->fpr, sizeof user.fpr);
  err = roster_invite (roster, &user, cand->data, cand->len, r_invite, r_len);
  if (err)
    log_error ("replace %s: invite: %s", name, gpg_strerror (err));
  return err;
}


/* A command that did not end may have written the file already.  */
static gpg_error_t
exchange_keys (roster_t roster, const char *name,
               const struct candidate *cand)
{
  const struct config_user *user = config_user_by_name
    (roster_config (roster), name);
  char old[NETSPEC_FPRLEN + 1];
  bool other = strcmp (user->fpr, cand->key->fpr) != 0;
  gpg_error_t err;
  char *message = NULL;

  memcpy (old, user->fpr, sizeof old);
  err = roster_add_key (roster, cand->data, cand->len);
  if (!err && other)
    err = roster_rekey (roster, name, cand->key->fpr, &message);
  if (err)
    log_error ("replace %s: %s", name, message ? message : gpg_strerror (err));
  else if (other && roster_drop_key (roster, old))
    log_warn ("replace %s: the old key stays in the roster's home; nobody"
              " comes by it", name);
  gpgrt_free (message);
  return err ? err : roster_look_again (roster, "replace", name);
}


static gpg_error_t
finish (roster_t roster, const char *name, const struct candidate *cand,
        const void *invite, size_t len)
{
  gpg_error_t err;
  char *message;

  roster_note (roster, "replace", name, cand->key->fpr, NULL);
  if (roster_reload (roster, &message))
    log_warn ("replace %s: %s", name, message);
  gpgrt_free (message);
  err = file_write_fd (STDOUT_FILENO, invite, len);
  if (err)
    log_error ("replace %s: invite: %s; 'postern-keys invite %s' writes"
               " another", name, gpg_strerror (err), name);
  return err;
}


/* Nobody else changes the roster from here on; what was found before it was
   locked is looked at again.  */
static gpg_error_t
lock_again (roster_t roster, const char *name, const struct candidate *cand)
{
  char *message, *path = NULL, *why = NULL;
  gpg_error_t err = roster_lock (roster, &message);

  if (!err)
    err = roster_file (roster, name, &path, &message);
  if (!err && roster_is_marked (roster_config (roster), name))
    {
      message = gpgrt_bsprintf ("their revocation is not finished; run"
                                " 'postern-keys revoke %s' first", name);
      err = gpg_error (GPG_ERR_EBUSY);
    }
  if (!err)
    err = roster_objection (roster, name, cand->key, &why);
  if (why)
    message = gpgrt_bsprintf ("%s: %s", cand->key->fpr, why);
  log_failure (err, message, "replace %s", name);
  gpgrt_free (path);
  gpgrt_free (why);
  return err;
}


static gpg_error_t
replace_key (roster_t roster, const struct options *opt)
{
  gpg_error_t err;
  struct candidate cand;
  unsigned char *invite = NULL;
  size_t len;

  err = candidate_fetch ("replace", opt->user, opt->key, &cand);
  if (!err)
    err = candidate_check ("replace", roster, opt->user, opt->fpr, &cand);
  if (!err)
    err = lock_again (roster, opt->user, &cand);
  if (!err)
    err = make_invite (roster, opt->user, &cand, &invite, &len);
  if (!err)
    err = exchange_keys (roster, opt->user, &cand);
  if (!err)
    err = finish (roster, opt->user, &cand, invite, len);
  if (!err)
    log_info ("%s has the key %s now; give them what was written to stdout,"
              " they run 'postern join FILE'", opt->user, cand.key->fpr);
  free (invite);
  candidate_release (&cand);
  return err;
}


int
replace_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message, *path = NULL;
  int rc;

  rc = check_options (opt);
  if (rc >= 0)
    return rc;
  err = roster_begin (opt->dir, &roster, &message);
  if (!err)
    err = roster_file (roster, opt->user, &path, &message);
  if (err)
    log_error ("replace %s: %s", opt->user,
               message ? message : gpg_strerror (err));
  else
    err = replace_key (roster, opt);
  gpgrt_free (message);
  gpgrt_free (path);
  roster_close (roster);
  return log_exit_code (err);
}
