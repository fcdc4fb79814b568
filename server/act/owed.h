/* owed.h - What was opened elsewhere, and has to be closed there.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A row is on the disk before anything is opened, and until its close-command
 * has succeeded: across crashes, and across a boot, which ends all grants.  */

#ifndef POSTERN_OWED_H
#define POSTERN_OWED_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>

struct owed
{
  uint64_t id;                  /* 0: not stored yet.  */
  char *open, *close;           /* The programs, as text; no two rows have the
                                   same ones.  */
  char *addr;
  char *label;                  /* Rule and grant, for people.  */
  bool opened;                  /* What opens it has ended well.  */
  uint64_t since;               /* It is to be closed (Unix seconds); 0: it
                                   is not known to be.  */
};

typedef struct owed_store_s *owed_store_t;

void owed_clear (struct owed *row);

/* Takes the texts of ROW over, unless it returns an error.  */
typedef gpg_error_t (*owed_load_t) (void *hook, struct owed *row);

/* Open the store in FOLDER, which is made if need be where CREATE is true,
   and hand each row to LOAD.  *R_STORE is NULL where there is none.  */
gpg_error_t owed_store_open (const char *folder, bool create,
                             owed_load_t load, void *hook,
                             owed_store_t *r_store);
void owed_store_close (owed_store_t store);

/* Each is synced to the disk.  A new row gets its id; of one that is stored
   OPENED and SINCE are written.  */
gpg_error_t owed_store_put (owed_store_t store, struct owed *row);
gpg_error_t owed_store_remove (owed_store_t store, const struct owed *row);

#endif /*POSTERN_OWED_H*/
