/* audit-size.c - The audit log takes no more room than audit-max.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Triggers of the store count the bytes of its rows (store.c).  The oldest
 * rows go first, so that the rest of the chain can still be proven.  */

#include "audit.h"
#include "audit-parts.h"

#include "../../common/base/log.h"

#define LIMIT_ROWS 10           /* Between two looks at the size.  */
#define LIMIT_LOOKS 50

static const char reached[] =
  "the audit takes as much room as audit-max allows: its oldest rows go";


struct audit_size
{
  uint64_t bytes;
  bool told;                    /* That rows go.  */
};


static gpg_error_t
read_size (audit_t audit, struct audit_size *r_size)
{
  static const struct database_column columns[] =
    {
      COLUMN (NUMBER, struct audit_size, bytes),
      COLUMN (NUMBER, struct audit_size, told), COLUMNS_END
    };

  return query_get (store_db (audit->store),
                    "SELECT bytes, told FROM audit_size", columns, r_size,
                    "");
}


/* Within a transaction; a bounded number of rows.  */
static gpg_error_t
drop_rows (audit_t audit, uint64_t max)
{
  static const struct chain_age any = { UINT64_MAX, UINT64_MAX };
  struct audit_size size = { UINT64_MAX, false };
  unsigned int i, n = LIMIT_ROWS;
  gpg_error_t err = 0;

  for (i = 0; !err && n == LIMIT_ROWS && size.bytes > max && i < LIMIT_LOOKS;
       i++)
    {
      err = audit_chain_prune (audit->chain, &any, LIMIT_ROWS, &n);
      if (!err)
        err = read_size (audit, &size);
    }
  return err;
}


void
audit_limit (audit_t audit, const struct clock_reading *now, uint64_t max)
{
  struct audit_size size;
  gpg_error_t err = read_size (audit, &size);
  bool over;

  if (err)
    return;
  over = max && size.bytes > max;
  if (!over && !(size.told && size.bytes <= max / 2))
    return;
  err = store_begin (audit->store, false);
  if (!err && over)
    err = drop_rows (audit, max);
  if (!err && over != size.told)
    err = query_run (store_db (audit->store),
                     "UPDATE audit_size SET told = ?1", "i", (int64_t)over);
  err = store_end (audit->store, err);
  if (err || !over || size.told)
    return;
  log_warn ("%s", reached);
  audit_event (audit, now, "audit", reached);
}
