/* profile-read.c - The hosts, out of hosts.conf and hosts.d.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the person wrote in hosts.conf for a host overrides what hosts.d says
 * of it, and that overrides what 'default' says of all.
 *
 * Readers take no lock, so hosts.conf must be read first: what a writer moves
 * from there to hosts.d is then found in one of the two, or in both.  */

#include "profile-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/array.h"

#define MAX_TRIES 5             /* While hosts are renamed.  */


void
profile_forget (profile_t profile)
{
  free (profile->own);
  free (profile->joined);
  free (profile->host);
  profile->own = profile->joined = profile->host = NULL;
  profile->n_own = profile->n = 0;
  memset (&profile->defaults, 0, sizeof profile->defaults);
}


static gpg_error_t
add_joined (profile_t profile, const char *name,
            struct profile_host **r_host)
{
  gpg_error_t err;

  if (profile->n == PROFILE_MAX_HOSTS)
    return gpg_error (GPG_ERR_TOO_MANY);
  err = array_grow (&profile->joined, profile->n, sizeof **r_host);
  if (err)
    return err;
  *r_host = profile->joined + profile->n++;
  gpgrt_snprintf ((*r_host)->name, sizeof (*r_host)->name, "%s", name);
  return 0;
}


/* The file NAME of hosts.d, which ends in ".conf".  */
static gpg_error_t
read_joined (profile_t profile, int fd, const char *name, char **r_message)
{
  char *path = gpgrt_bsprintf ("%s/hosts.d/%s", profile->dir, name);
  char *stem = gpgrt_bsprintf ("%.*s", (int) strlen (name) - 5, name);
  struct conf_place place = { path, 0, NULL, r_message };
  struct profile_host *host;
  char *text = NULL;
  gpg_error_t err = 0;
  size_t len;

  if (!path || !stem)
    err = gpg_error_from_syserror ();
  else if (!netspec_name_valid (stem, strlen (stem)))
    err = conf_fail (&place, "'%s' is not a name for a host", stem);
  if (!err)
    err = conf_files_read (fd, name, path, &text, &len, r_message);
  if (!err)
    err = add_joined (profile, stem, &host);
  if (!err)
    err = profile_parse_joined (host, path, text, len, r_message);
  free (text);
  gpgrt_free (path);
  gpgrt_free (stem);
  return err;
}


/* No folder: no host was joined yet.  */
static gpg_error_t
read_folder (profile_t profile, int dirfd, char **r_message)
{
  char *path = gpgrt_bsprintf ("%s/hosts.d", profile->dir);
  struct strlist names = { 0, NULL };
  gpg_error_t err;
  int fd = -1;
  size_t i;

  if (!path)
    return gpg_error_from_syserror ();
  if (!faccessat (dirfd, "hosts.d", F_OK, 0))
    err = conf_files_open_dir (dirfd, "hosts.d", path, &fd, r_message);
  else
    err = errno == ENOENT ? 0 : gpg_error_from_syserror ();
  if (fd >= 0)
    err = conf_files_list (fd, path, &names, r_message);
  for (i = 0; i < names.n && !err; i++)
    err = read_joined (profile, fd, names.item[i], r_message);
  strlist_release (&names);
  if (fd >= 0)
    close (fd);
  gpgrt_free (path);
  return err;
}


/* The text is NULL if there is no file.  */
static gpg_error_t
read_own_text (int dirfd, const char *path, char **r_text, size_t *r_len,
               char **r_message)
{
  struct stat st;

  *r_text = NULL;
  if (fstatat (dirfd, "hosts.conf", &st, AT_SYMLINK_NOFOLLOW)
      && errno == ENOENT)
    return 0;
  return conf_files_read (dirfd, "hosts.conf", path, r_text, r_len,
                            r_message);
}


static gpg_error_t
read_files (profile_t profile, char **r_message)
{
  char *path = gpgrt_bsprintf ("%s/hosts.conf", profile->dir), *text = NULL;
  gpg_error_t err;
  size_t len;
  int fd = -1;

  err = path ? profile_open_dir (profile, &fd, r_message)
    : gpg_error_from_syserror ();
  if (!err)
    err = read_own_text (fd, path, &text, &len, r_message);
  if (!err)
    err = read_folder (profile, fd, r_message);
  if (!err && text)
    err = profile_parse_own (profile, path, text, len, r_message);
  if (fd >= 0)
    close (fd);
  free (text);
  gpgrt_free (path);
  return err;
}


/* A whole host in hosts.conf counts as one in hosts.d.  */
static gpg_error_t
take_whole_sections (profile_t profile)
{
  const struct conf_option *option;
  struct profile_host *own, *host;
  gpg_error_t err = 0;

  for (own = profile->own; own < profile->own + profile->n_own && !err; own++)
    {
      if (!profile_is_whole (own))
        continue;
      host = profile_named (profile->joined, profile->n, own->name);
      if (!host)
        err = add_joined (profile, own->name, &host);
      for (option = host_options_joined; !err && option->name; option++)
        host_option_copy (option, host, own);
    }
  return err;
}


/* Give HOST what OWN (if not NULL) says of it, and what only the defaults
   say.  */
static void
fill_in (profile_t profile, const struct profile_host *own,
         struct profile_host *host)
{
  const struct conf_option *option;

  for (option = host_options; own && option->name; option++)
    host_option_copy (option, host, own);
  for (option = host_options_default; option->name; option++)
    if (!conf_is_given (option, host))
      host_option_copy (option, host, &profile->defaults);
  if (!host->port)
    host->port = PROFILE_PORT;
  if (!*host->host)
    memcpy (host->host, host->name, sizeof host->host);
}


void
profile_without_own (profile_t profile, const struct profile_host *host,
                     struct profile_host *r_host)
{
  *r_host = profile->joined[host - profile->host];
  fill_in (profile, NULL, r_host);
}


static gpg_error_t
settle_host (profile_t profile, struct profile_host *host, char **r_message)
{
  struct conf_place place = { profile->dir, 0, NULL, r_message };
  const char *missing = profile_missing_option (host);

  fill_in (profile, profile_named (profile->own, profile->n_own, host->name),
           host);
  if (missing)
    return conf_fail (&place, "host '%s' has no '%s'; join it again",
                        host->name, missing);
  if (!*host->signer)
    return conf_fail (&place, "host '%s' has no 'signer', and neither"
                        " has 'default'; join it again", host->name);
  return 0;
}


static gpg_error_t
settle_hosts (profile_t profile, char **r_message)
{
  gpg_error_t err = take_whole_sections (profile);
  size_t i;

  if (err || !profile->n)
    return err;
  profile->host = calloc (profile->n, sizeof *profile->host);
  if (!profile->host)
    return gpg_error_from_syserror ();
  for (i = 0; i < profile->n && !err; i++)
    {
      profile->host[i] = profile->joined[i];
      err = settle_host (profile, profile->host + i, r_message);
    }
  return err;
}


gpg_error_t
profile_read (profile_t profile, char **r_message)
{
  unsigned int tries = 0;
  gpg_error_t err;
  struct stat st;

  profile_forget (profile);
  /* Not there: no host was joined.  All else is an error.  */
  if (stat (profile->dir, &st) && (errno == ENOENT || errno == ENOTDIR))
    return 0;
  /* A name that is gone when its file is opened was renamed or removed
     meanwhile.  */
  while (gpg_err_code (err = read_files (profile, r_message))
         == GPG_ERR_ENOENT && ++tries < MAX_TRIES)
    {
      profile_forget (profile);
      gpgrt_free (*r_message);
      *r_message = NULL;
    }
  return err ? err : settle_hosts (profile, r_message);
}
