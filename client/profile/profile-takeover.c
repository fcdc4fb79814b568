/* profile-takeover.c - The hosts.conf of an older Postern, taken over.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An older 'postern join' wrote its hosts into hosts.conf, among the person's
 * own settings.  Each moves to a file of its own in hosts.d, the settings stay,
 * and hosts.conf.old keeps the text with its comments.
 *
 * hosts.conf must be written last, since it counts until then: wherever this is
 * interrupted, all hosts are there, and the next run does it again.  */

#include "profile-parts.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"

#define MAX_OLD 100             /* Copies.  */


static gpg_error_t
write_hosts (profile_t profile, char **r_message)
{
  const struct profile_host *own = profile->own;
  const struct profile_host *host;
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; i < profile->n_own && !err; i++)
    if (profile_is_whole (own + i)
        && (host = profile_find (profile, own[i].name)))
      err = profile_write_joined (profile,
                                  profile->joined + (host - profile->host),
                                  r_message);
  return err;
}


/* GPG_ERR_EEXIST if there is another file of that name.  */
static gpg_error_t
write_copy (const char *path, const unsigned char *data, size_t len)
{
  gpg_error_t err = file_write (path, data, len, 0600, 1);
  unsigned char *other;
  size_t n;

  if (gpg_err_code (err) != GPG_ERR_EEXIST
      || file_read_plain (path, CONF_MAX_FILE, &other, &n))
    return err;
  if (n == len && !memcmp (data, other, len))
    err = 0;                    /* Ours, if this was interrupted.  */
  free (other);
  return err;
}


/* Copy hosts.conf to hosts.conf.old, or if there is one already to
   hosts.conf.old.1 and so on; *R_COPY is which.  */
static gpg_error_t
keep_copy (profile_t profile, char **r_copy, char **r_message)
{
  char *path = gpgrt_bsprintf ("%s/hosts.conf", profile->dir);
  unsigned char *data = NULL;
  unsigned int i = 0;
  gpg_error_t err;
  size_t len;

  *r_copy = NULL;
  err = path ? file_read (path, CONF_MAX_FILE, &data, &len)
    : gpg_error_from_syserror ();
  if (err)
    goto leave;
  do
    {
      gpgrt_free (*r_copy);
      *r_copy = i ? gpgrt_bsprintf ("%s.old.%u", path, i)
        : gpgrt_bsprintf ("%s.old", path);
      err = *r_copy ? write_copy (*r_copy, data, len)
        : gpg_error_from_syserror ();
    }
  while (gpg_err_code (err) == GPG_ERR_EEXIST && ++i < MAX_OLD);

 leave:
  if (err)
    *r_message = gpgrt_bsprintf ("%s: cannot be copied: %s", path,
                                 gpg_strerror (err));
  free (data);
  gpgrt_free (path);
  return err;
}


/* True if HOST has something of its own.  */
static bool
has_own_option (const struct profile_host *host)
{
  const struct conf_option *option = host_options;

  while (option->name && !conf_is_given (option, host))
    option++;
  return option->name;
}


/* Leave what hosts.d has out of PROFILE's own sections.  */
static void
keep_own (profile_t profile)
{
  const struct conf_option *option;
  struct profile_host *own;
  size_t i, n = 0;

  for (i = 0; i < profile->n_own; i++)
    {
      own = profile->own + i;
      if (profile_is_whole (own))
        for (option = host_options_joined; option->name; option++)
          host_option_clear (option, own);
      if (has_own_option (own))
        profile->own[n++] = *own;
    }
  profile->n_own = n;
}


gpg_error_t
profile_take_over (profile_t profile, char **r_message)
{
  char *text = NULL, *old = NULL;
  gpg_error_t err;

  if (!profile_is_old (profile))
    return 0;
  err = write_hosts (profile, r_message);
  if (!err)
    err = keep_copy (profile, &old, r_message);
  keep_own (profile);
  if (!err)
    err = profile_print_own (profile, &text);
  if (!err)
    err = profile_write_file (profile, "hosts.conf", "", "", text,
                              strlen (text), r_message);
  if (!err)
    log_info ("the hosts in hosts.conf are now in hosts.d, one file for"
              " each; hosts.conf keeps your settings, and '%s' its old text",
              old);
  free (text);
  gpgrt_free (old);
  return err ? err : profile_read (profile, r_message);
}
