/* table.h - A list of people: names, fingerprints, groups.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Its lines are NAME,FINGERPRINT[,GROUP]...  Blanks around the fields are
 * ignored, and so are blanks in a fingerprint, and its case.  Empty lines and
 * those that begin with # are skipped.  */

#ifndef POSTERN_KEYS_TABLE_H
#define POSTERN_KEYS_TABLE_H

#include <stddef.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"

#define TABLE_MAX_ROWS 16384    /* As many files as users.d may have.  */
#define TABLE_MAX_GROUPS 32

struct table_row
{
  unsigned int line;
  char *name;
  char fpr[NETSPEC_FPRLEN + 1];
  size_t n_groups;
  char *group[TABLE_MAX_GROUPS + 1];    /* NULL-ended.  */
};

struct table
{
  size_t n;
  struct table_row *row;
};

/* Parse the LEN bytes at TEXT, which messages call FILE.  No name and no
   fingerprint may occur twice.  On failure *R_MESSAGE is one line "FILE:LINE:
   what is wrong", to be freed with gpgrt_free.  */
gpg_error_t table_read (const char *file, const char *text, size_t len,
                        struct table *r_table, char **r_message);
void table_release (struct table *table);

#endif /*POSTERN_KEYS_TABLE_H*/
