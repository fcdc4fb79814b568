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

bool strlist_has (const struct strlist *list, const char *text);

/* Sort the items of LIST by the values of their bytes.  */
void strlist_sort (struct strlist *list);

/* Free the items of LIST, which is empty then, but not LIST itself.  */
void strlist_release (struct strlist *list);

#endif /*POSTERN_COMMON_STRLIST_H*/
