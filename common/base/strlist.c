/* strlist.c - Lists of strings.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "strlist.h"

#include <stdlib.h>
#include <string.h>
#include "array.h"


void
strlist_release (struct strlist *list)
{
  size_t i;

  for (i = 0; i < list->n; i++)
    free (list->item[i]);
  free (list->item);
  list->item = NULL;
  list->n = 0;
}


bool
strlist_has (const struct strlist *list, const char *text)
{
  size_t i;

  for (i = 0; i < list->n; i++)
    if (!strcmp (list->item[i], text))
      return true;
  return false;
}


static int
compare_items (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}


void
strlist_sort (struct strlist *list)
{
  if (list->n)
    qsort (list->item, list->n, sizeof *list->item, compare_items);
}


gpg_error_t
strlist_append (struct strlist *list, const char *text)
{
  gpg_error_t err = array_grow (&list->item, list->n,
                                sizeof *list->item);

  if (err)
    return err;
  list->item[list->n] = strdup (text);
  if (!list->item[list->n])
    return gpg_error_from_syserror ();
  list->n++;
  return 0;
}
