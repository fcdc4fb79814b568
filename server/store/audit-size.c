/* audit-size.c - The audit takes no more room than it may.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Triggers of the store count the bytes of its rows (store.c).  The oldest
 * go first, so that the chain that is left can still be proven.  */

#include "audit.h"
#include "audit-parts.h"

#include "../../common/base/log.h"

#define LIMIT_ROWS 10           /* Between two looks at the size.  */
#define LIMIT_LOOKS 50

static const char sql_size[] = "SELECT bytes, told FROM audit_size";
static const char sql_told[] = "UPDATE audit_size SET told = ?1";
static const char reached[] =
  "the audit takes as much room as audit-max allows: its oldest rows go";


static gpg_error_t
prepare_size (audit_t audit)
{
  gpg_error_t err = 0;

  if (!audit->size)
    err = store_prepare (audit->store, sql_size, &audit->size);
  if (!err && !audit->told)
    err = store_prepare (audit->store, sql_told, &audit->told);
  return err;
}


static gpg_error_t
read_size (audit_t audit, uint64_t *r_bytes, bool *r_told)
{
  int rc = sqlite3_step (audit->size);

  *r_bytes = rc == SQLITE_ROW
    ? (uint64_t)sqlite3_column_int64 (audit->size, 0) : 0;
  *r_told = rc == SQLITE_ROW && sqlite3_column_int (audit->size, 1);
  sqlite3_reset (audit->size);
  return database_error (rc);
}


static gpg_error_t
write_told (audit_t audit, bool told)
{
  sqlite3_bind_int (audit->told, 1, told);
  return database_run (audit->told);
}


/* Within a transaction; a bounded number of rows.  */
static gpg_error_t
let_go_of_rows (audit_t audit, uint64_t max)
{
  static const struct chain_age any = { UINT64_MAX, UINT64_MAX };
  unsigned int i, n = LIMIT_ROWS;
  gpg_error_t err = 0;
  uint64_t bytes = UINT64_MAX;
  bool told;

  for (i = 0; !err && n == LIMIT_ROWS && bytes > max && i < LIMIT_LOOKS; i++)
    {
      err = audit_chain_prune (audit->chain, &any, LIMIT_ROWS, &n);
      if (!err)
        err = read_size (audit, &bytes, &told);
    }
  return err;
}


void
audit_limit (audit_t audit, const struct clock_reading *now, uint64_t max)
{
  gpg_error_t err = prepare_size (audit);
  uint64_t bytes = 0;
  bool over, told = false;

  if (!err)
    err = read_size (audit, &bytes, &told);
  over = max && bytes > max;
  if (err || (!over && !(told && bytes <= max / 2)))
    return;
  err = store_begin (audit->store, false);
  if (!err && over)
    err = let_go_of_rows (audit, max);
  if (!err && over != told)
    err = write_told (audit, over);
  err = store_end (audit->store, err);
  if (err || !over || told)
    return;
  log_warn ("%s", reached);
  audit_event (audit, now, "audit", reached);
}
