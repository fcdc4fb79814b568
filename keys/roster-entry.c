/* roster-entry.c - A person's file in the roster.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "roster-parts.h"

#include <stdlib.h>
#include <unistd.h>
#include "../common/file.h"


static void
print_list (gpgrt_stream_t fp, const char *const *items)
{
  size_t i;

  gpgrt_fputs ("{", fp);
  for (i = 0; items[i]; i++)
    gpgrt_fprintf (fp, "%s'%s'", i ? ", " : "", items[i]);
  gpgrt_fputs ("}\n", fp);
}


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
      print_list (fp, entry->groups);
    }
  if (entry->door)
    gpgrt_fprintf (fp, "  door    = '%s'\n", entry->door);
  if (entry->expires)
    gpgrt_fprintf (fp, "  expires = '%s'\n", entry->expires);
  gpgrt_fputs ("}\n", fp);
  return gpgrt_fclose_snatch (fp, r_text, r_len)
    ? gpg_error_from_syserror () : 0;
}


gpg_error_t
roster_add (roster_t roster, const struct roster_entry *entry,
            char **r_message)
{
  gpg_error_t err;
  char *path = NULL;
  void *text = NULL;
  size_t len;

  *r_message = NULL;
  err = print_entry (entry, &text, &len);
  if (err)
    return err;
  path = gpgrt_bsprintf ("%s/users.d/%s.conf", roster->config->dir,
                         entry->name);
  err = path ? file_write (path, text, len, 0644, 1)
    : gpg_error_from_syserror ();
  if (!err)
    {
      err = roster_check (roster, r_message);
      if (err)
        unlink (path);
    }
  gpgrt_free (path);
  gpgrt_free (text);
  return err;
}
