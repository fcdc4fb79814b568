/* join.c - postern join: an invite becomes a host of the profile.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The invite brings the server's key itself, so its signature says only
 * that all of it comes from one hand.  That the hand is the server's is
 * what the comparison of fingerprints shows.  The person's own keyring
 * stays as it is: the server's key lives in the profile.  Until the person
 * has said yes, nothing is written.  */

#include "verbs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../ask/confirm.h"
#include "join-parts.h"
#include "../patience.h"

#define MAX_INVITE_FILE 131072  /* Armoured.  */


/* GIVEN may be grouped as people write it.  */
static bool
same_fingerprint (const char *given, const char *fpr)
{
  for (; *given; given++)
    {
      if (*given == ' ')
        continue;
      if (toupper ((unsigned char) *given) != *fpr)
        return false;
      fpr++;
    }
  return !*fpr;
}


/* Returns -1 for yes.  */
static int
ask_to_join (const char *question)
{
  return confirm_ask ("join", question, "not joined; nothing was changed",
                      "give the fingerprint that the administrator told"
                      " you with --fpr FPR");
}


static int
check_fpr (struct join *j)
{
  const char *given = j->options->fpr;

  if (!given || same_fingerprint (given, j->host.server))
    return -1;
  log_error ("join: REFUSED: the server's key is %s, not what --fpr says;"
             " do not use this invite", j->host.server);
  return EX_NOPERM;
}


/* Returns -1 for yes.  */
static int
confirm_invite (struct join *j)
{
  join_show (j);
  if (j->known)
    {
      fprintf (stderr, "\nYou have joined it already, with the same"
               " fingerprint.  What changes:\n");
      join_changes (j, false);
    }
  if (j->options->fpr)
    return -1;
  return ask_to_join (j->known ? "Apply these changes?"
                      : "Compare the fingerprint with what the administrator"
                        " reads out.\nIs it the same?");
}


static bool
is_the_same (const struct profile_host *a, const struct profile_host *b)
{
  return !strcmp (a->name, b->name) && a->serial == b->serial
    && !strcmp (a->server, b->server);
}


/* Open the profile for writing, and see that it is as it was shown.  */
static int
reopen_profile (struct join *j)
{
  bool known = j->known;
  struct profile_host old = j->old;
  int rc;

  profile_close (j->profile);
  j->profile = NULL;
  rc = profile_open_for ("join", j->options->config, true, &j->profile);
  if (rc < 0)
    rc = join_judge (j);
  if (rc >= 0)
    return rc;
  if (j->known == known && (!known || is_the_same (&j->old, &old)))
    return -1;
  log_error ("join: '%s' was changed meanwhile; run this again",
             j->host.name);
  return EX_TEMPFAIL;
}


static int
store_host (struct join *j)
{
  char *message;
  gpg_error_t err;

  err = profile_put (j->profile, &j->host, j->invite->door_key,
                     j->invite->server_key, j->invite->server_key_len,
                     &message);
  if (!err)
    return EX_OK;
  log_error ("join: %s", message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return EX_CANTCREAT;
}


static int
take_invite (struct join *j)
{
  unsigned int n = 1;
  int rc;

  rc = join_judge (j);
  if (rc < 0)
    rc = check_fpr (j);
  if (rc >= 0)
    return rc;
  if (j->known)
    n = join_changes (j, true);
  /* What says the same needs no yes; a newer serial is kept.  */
  if (n)
    rc = confirm_invite (j);
  if (rc < 0 && (n || j->host.serial != j->old.serial))
    {
      rc = reopen_profile (j);
      if (rc < 0)
        rc = store_host (j);
    }
  if (rc < 0)
    rc = EX_OK;
  if (rc == EX_OK && !n)
    log_info ("%s: nothing changed", j->host.name);
  else if (rc == EX_OK)
    log_info ("%s %s; try 'postern whoami %s'",
              j->known ? "updated" : "joined", j->host.name, j->host.name);
  return rc;
}


static int
read_invite (struct join *j, const char *path)
{
  unsigned char *data;
  char *message = NULL;
  gpg_error_t err;
  size_t len;

  err = file_read (path, MAX_INVITE_FILE, &data, &len);
  if (err)
    message = gpgrt_bsprintf ("cannot read '%s': %s", path, file_why (err));
  else if (!len)
    {
      err = gpg_error (GPG_ERR_NO_DATA);
      message = gpgrt_bsprintf ("'%s' is empty", path);
    }
  else
    err = envelope_open (data, len, &j->invite, &j->by, &message);
  free (data);
  if (!err)
    err = patience_pgp (&j->pgp);
  if (!err)
    return -1;
  return log_exit_code (log_failure (err, message, "join"));
}


int
join_verb (const struct options *options)
{
  struct join j;
  int rc;

  memset (&j, 0, sizeof j);
  j.options = options;
  if (options->n_args != 1)
    return kit_usage ("join", "it takes one invite: a FILE, or '-' for"
                      " stdin");
  if (options->as && !netspec_name_valid (options->as, strlen (options->as)))
    return kit_usage ("join", "--as '%s' is not a name ([a-z0-9._-], at most"
                      " %d characters)", options->as, NETSPEC_NAMELEN);
  rc = read_invite (&j, options->arg[0]);
  if (rc < 0)
    rc = profile_open_for ("join", options->config, false, &j.profile);
  if (rc < 0)
    rc = take_invite (&j);
  invite_release (j.invite);
  gpgrt_free (j.by);
  pgp_release (j.pgp);
  profile_close (j.profile);
  return rc;
}
