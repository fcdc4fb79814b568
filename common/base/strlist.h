/* strlist.h - Lists of strings.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_STRLIST_H
#define POSTERN_COMMON_STRLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>

/* All zero is an empty list.  */
struct strlist
{
  size_t n;
  char **item;                  /* N strings, each allocated.  */
};

/* Add a copy of TEXT at the end of LIST.  GPG_ERR_ENOMEM.  */
gpg_error_t strlist_append (struct strlist *list, const char *text);

/* True if LIST has TEXT.  */
bool strlist_has (const struct strlist *list, const char *text);

/* Sort the items of LIST by their bytes (strcmp).  */
void strlist_sort (struct strlist *list);

/* Free the items of LIST, which then is empty, but not LIST itself.  */
void strlist_release (struct strlist *list);

#endif /*POSTERN_COMMON_STRLIST_H*/
