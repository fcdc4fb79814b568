/* profile-store.c - Changes to the hosts that a person has joined.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The file of a host in hosts.d is written last when a host is added, and
 * removed last when it is forgotten; each file changes at once.  So each host
 * that is there has its keys, wherever this is interrupted.  hosts.conf must
 * never be changed here.  */

#include "profile-parts.h"

#include <stdlib.h>
#include <string.h>


/* After a change.  */
static gpg_error_t
read_changed_profile (profile_t profile, gpg_error_t err, char **r_message)
{
  if (!err)
    err = profile_read (profile, r_message);
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("profile: %s", gpg_strerror (err));
  return err;
}


/* What hosts.d can do without, but requests cannot.  */
static gpg_error_t
check_host (profile_t profile, const struct profile_host *host,
            char **r_message)
{
  const char *bad = NULL;

  if (!netspec_name_valid (host->name, strlen (host->name)))
    bad = "its name is not valid";
  else if (!*host->signer || !host->port)
    bad = "it has no signer or port";
  else if (profile->n == PROFILE_MAX_HOSTS
           && !profile_find (profile, host->name))
    bad = "there are too many hosts";
  if (!bad)
    return 0;
  *r_message = gpgrt_bsprintf ("not stored: %s", bad);
  return gpg_error (GPG_ERR_INV_VALUE);
}


gpg_error_t
profile_put (profile_t profile, const struct profile_host *host,
             const unsigned char door_key[INVITE_DOORLEN],
             const void *server_key, size_t server_key_len,
             char **r_message)
{
  gpg_error_t err;
  char *text = NULL;

  *r_message = NULL;
  err = check_host (profile, host, r_message);
  if (!err)
    err = profile_print_joined (host, &text, r_message);
  /* The file that names the keys comes last: a crash leaves no host without
     its keys.  */
  if (!err)
    err = profile_keys_write (profile, host->name, door_key, server_key,
                              server_key_len, r_message);
  if (!err)
    err = profile_write_file (profile, "hosts.d/", host->name, ".conf", text,
                              strlen (text), r_message);
  free (text);
  return read_changed_profile (profile, err, r_message);
}


gpg_error_t
profile_rename (profile_t profile, const char *name, const char *new_name,
                char **r_message)
{
  gpg_error_t err;
  const struct profile_host *old = profile_find (profile, name);
  struct profile_host host;

  *r_message = NULL;
  if (!old && profile_find (profile, new_name)
      && profile_keys_exist (profile, name))
    return profile_keys_remove (profile, name, r_message);
  if (!old)
    return gpg_error (GPG_ERR_NOT_FOUND);
  if (profile_find (profile, new_name))
    return gpg_error (GPG_ERR_EEXIST);
  /* The default for "host" is the name of the file, which changes.  */
  host = profile->joined[old - profile->host];
  memcpy (host.host, old->host, sizeof host.host);
  if (!netspec_name_valid (new_name, strlen (new_name)))
    err = gpg_error (GPG_ERR_INV_NAME);
  else
    err = profile_write_joined (profile, &host, r_message);
  if (!err)
    err = profile_keys_copy (profile, old, new_name, r_message);
  if (!err)
    err = profile_move_joined (profile, name, new_name, r_message);
  if (!err)
    err = profile_keys_remove (profile, name, r_message);
  return read_changed_profile (profile, err, r_message);
}


/* The keys go first: if this is interrupted, doing it again finishes it.  */
gpg_error_t
profile_remove (profile_t profile, const char *name, char **r_message)
{
  gpg_error_t err;

  *r_message = NULL;
  if (!profile_find (profile, name))
    return gpg_error (GPG_ERR_NOT_FOUND);
  err = profile_keys_remove (profile, name, r_message);
  if (!err)
    err = profile_move_joined (profile, name, NULL, r_message);
  return read_changed_profile (profile, err, r_message);
}
