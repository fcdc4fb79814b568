/* roster-entry.c - A person's file in the roster.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing is written that the configuration would not take, and never a part
 * of a file: posternd may read it at any time.  A file that others share, or
 * that names somebody else, is the administrator's own.  */

#include "roster-parts.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/file.h"

#define MAX_ENTRY 1048576       /* As much as the configuration reads.  */


static void
print_groups (gpgrt_stream_t fp, const char *const *items)
{
  size_t i;

  gpgrt_fputs ("{", fp);
  for (i = 0; items[i]; i++)
    gpgrt_fprintf (fp, "%s'%s'", i ? ", " : "", items[i]);
  gpgrt_fputs ("}\n", fp);
}


/* No value needs quoting: names, groups and doors are checked before, and so
   are dates.  */
static gpg_error_t
print_entry (const struct roster_entry *entry, void **r_text, size_t *r_len)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");

  if (!fp)
    return gpg_error_from_syserror ();
  gpgrt_fprintf (fp, "# Written by postern-keys.\nuser %s {\n"
                 "  key     = '%s'\n", entry->name, entry->fpr);
  if (entry->groups[0])
    {
      gpgrt_fputs ("  groups  = ", fp);
      print_groups (fp, entry->groups);
    }
  if (entry->door)
    gpgrt_fprintf (fp, "  door    = '%s'\n", entry->door);
  if (entry->expires)
    gpgrt_fprintf (fp, "  expires = '%s'\n", entry->expires);
  gpgrt_fputs ("}\n", fp);
  return gpgrt_fclose_snatch (fp, r_text, r_len)
    ? gpg_error_from_syserror () : 0;
}


static char *
entry_path (roster_t roster, const char *name)
{
  return gpgrt_bsprintf ("%s/users.d/%s.conf", roster->config->dir, name);
}


gpg_error_t
roster_enter (roster_t roster, const struct roster_entry *entry,
              const struct config_user **r_user, char **r_message)
{
  gpg_error_t err;
  void *text;
  size_t len;

  *r_user = NULL;
  *r_message = NULL;
  err = print_entry (entry, &text, &len);
  if (err)
    return err;
  err = config_add_user (roster->config, entry->name, text, len, r_message);
  gpgrt_free (text);
  if (!err)
    *r_user = config_user_by_name (roster->config, entry->name);
  return err;
}


gpg_error_t
roster_write (roster_t roster, const struct roster_entry *entry,
              char **r_message)
{
  gpg_error_t err;
  char *path = entry_path (roster, entry->name);
  void *text = NULL;
  size_t len;

  *r_message = NULL;
  err = path ? print_entry (entry, &text, &len) : gpg_error_from_syserror ();
  if (!err)
    err = file_write (path, text, len, 0644, 1);
  if (gpg_err_code (err) == GPG_ERR_EEXIST)
    *r_message = gpgrt_bsprintf ("%s exists already and is not about %s;"
                                 " look at it first", path, entry->name);
  gpgrt_free (text);
  gpgrt_free (path);
  return err;
}


bool
roster_has (roster_t roster, const struct roster_entry *entry)
{
  char *path = entry_path (roster, entry->name);
  unsigned char *old = NULL;
  void *text = NULL;
  size_t oldlen, len;
  bool same;

  same = path && !print_entry (entry, &text, &len)
    && !file_read (path, MAX_ENTRY, &old, &oldlen)
    && oldlen == len && !memcmp (old, text, len);
  free (old);
  gpgrt_free (text);
  gpgrt_free (path);
  return same;
}


static size_t
count_in_file (config_t config, const char *path)
{
  size_t i, n = 0;

  for (i = 0; i < config->n_users; i++)
    n += !strcmp (config->user[i].file, path);
  return n;
}


gpg_error_t
roster_file (roster_t roster, const char *name, char **r_path,
             char **r_message)
{
  const struct config_user *user = config_user_by_name (roster->config, name);
  char *path = entry_path (roster, name);

  *r_path = NULL;
  *r_message = NULL;
  if (!path)
    return gpg_error_from_syserror ();
  if (user && !strcmp (user->file, path)
      && count_in_file (roster->config, path) == 1)
    {
      *r_path = path;
      return 0;
    }
  gpgrt_free (path);
  if (!user)
    {
      *r_message = gpgrt_bsprintf ("nobody of this name is enrolled; see"
                                   " 'postern-keys list'");
      return gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  *r_message = gpgrt_bsprintf ("is in %s, which others share; edit that file,"
                               " then run 'posternctl reload'", user->file);
  return gpg_error (GPG_ERR_CONFLICT);
}


gpg_error_t
roster_rewrite (roster_t roster, const char *name, roster_edit_t edit,
                const void *hook, char **r_message)
{
  gpg_error_t err;
  unsigned char *old = NULL;
  char *path, *new = NULL;
  size_t len;

  err = roster_file (roster, name, &path, r_message);
  if (!err)
    err = file_read (path, MAX_ENTRY, &old, &len);
  if (!err)
    err = edit (path, (char *)old, len, hook, &new, r_message);
  if (!err)
    {
      config_drop_user (roster->config, name);
      err = config_add_user (roster->config, name, new, strlen (new),
                             r_message);
    }
  if (!err)
    err = file_write (path, new, strlen (new), 0644, 0);
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("%s: %s", path ? path : name,
                                 gpg_strerror (err));
  free (old);
  gpgrt_free (new);
  gpgrt_free (path);
  return err;
}


struct rekeying
{
  const char *old;
  const char *new;
};


/* Where the old fingerprint stands twice, one may be in a comment, or the
   name of something else: nothing is guessed.  */
static gpg_error_t
replace_fingerprint (const char *path, const char *old, size_t len,
                     const void *hook, char **r_new, char **r_message)
{
  const struct rekeying *keys = hook;
  const char *at = strstr (old, keys->old);

  (void)len;
  *r_new = NULL;
  if (!at || strstr (at + 1, keys->old))
    {
      *r_message = gpgrt_bsprintf ("%s names the key more than once; edit that"
                                   " file", path);
      return gpg_error (GPG_ERR_CONFLICT);
    }
  *r_new = gpgrt_bsprintf ("%.*s%s%s", (int)(at - old), old, keys->new,
                           at + strlen (keys->old));
  return *r_new ? 0 : gpg_error_from_syserror ();
}


gpg_error_t
roster_rekey (roster_t roster, const char *name, const char *fpr,
              char **r_message)
{
  const struct config_user *user = config_user_by_name (roster->config, name);
  struct rekeying keys = { user ? user->fpr : "", fpr };

  return roster_rewrite (roster, name, replace_fingerprint, &keys, r_message);
}
